namespace Payments.Providers.Webhooks;

/// <summary>Reads the settings of a connector and collects every broken rule. No message contains a value, because it can be a secret.</summary>
internal sealed class SettingsReader(JsonElement settings, bool mayBeIncomplete = false)
{
    private const int MaxSecrets = ProviderSetting.MaxSecrets;
    private const int MaxLength = 255;

    private readonly Validation _validation = new();
    private readonly List<ProviderSetting> _known = [];

    /// <summary>The settings that were read.</summary>
    public IReadOnlyList<ProviderSetting> Known => _known;

    /// <summary>Reads one secret or an array of up to three, so that a new one is accepted before the old one is removed.</summary>
    public IReadOnlyList<string> Secrets(string name, bool isRequired, Func<string, bool> isValid, string rule)
    {
        if (Find(new(name, ProviderSettingKind.Secret, isRequired, [])) is not { } value)
        {
            _validation.AddIf(isRequired && !mayBeIncomplete, name, $"is required and {rule}");
            return [];
        }

        var isArray = value.ValueKind == JsonValueKind.Array;
        IReadOnlyList<JsonElement> items = isArray ? [.. value.EnumerateArray()] : [value];
        _validation.AddIf(items.Count is 0 or > MaxSecrets, name, $"must be a string or an array of 1 to {MaxSecrets} strings");
        var secrets = new List<string>();
        foreach (var (i, item) in items.Index())
        {
            var field = isArray ? $"{name}[{i}]" : name;
            if (Text(item) is { } secret && isValid(secret))
            {
                secrets.Add(secret);
            }
            else
            {
                _validation.Add(field, rule);
            }
        }

        return secrets;
    }

    public string? OneOf(string name, params string[] values)
    {
        var value = Find(new(name, ProviderSettingKind.Choice, IsRequired: false, values)) is { } element ? Text(element) ?? "" : null;
        _validation.AddIf(value is not null && !values.Contains(value), name, $"must be one of: {string.Join(", ", values)}");
        return value;
    }

    public bool Flag(string name)
    {
        var value = Find(new(name, ProviderSettingKind.Flag, IsRequired: false, []))?.ValueKind;
        _validation.AddIf(value is not (null or JsonValueKind.True or JsonValueKind.False), name, "must be true or false");
        return value == JsonValueKind.True;
    }

    /// <exception cref="ValidationException">A rule is broken.</exception>
    public void ThrowIfInvalid()
    {
        if (settings.ValueKind != JsonValueKind.Object)
        {
            _validation.Add("settings", "must be a JSON object");
        }
        else
        {
            foreach (var unknown in settings.EnumerateObject().Select(member => member.Name).Where(name => _known.TrueForAll(setting => setting.Name != name)))
            {
                _validation.Add(unknown.Length > 100 ? $"{unknown[..100]}…" : unknown, $"is not a setting of this provider; the settings are {string.Join(", ", _known.Select(setting => setting.Name))}");
            }
        }

        _validation.ThrowIfInvalid();
    }

    private JsonElement? Find(ProviderSetting setting)
    {
        _known.Add(setting);
        return settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty(setting.Name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private static string? Text(JsonElement element) =>
        element.ValueKind == JsonValueKind.String && element.GetString() is { Length: > 0 and <= MaxLength } text && !text.Any(char.IsControl) ? text : null;
}
