using System.Text.Unicode;
using Payments.Providers.Values;

namespace Payments.Providers.Webhooks;

/// <summary>What all providers have in common. A provider adds its settings, its signature and its mapping.</summary>
internal abstract class ProviderWebhooks<TSettings>(string provider) : IProviderWebhooks where TSettings : ProviderSettings
{
    private const string LoneSurrogate = "A text must not contain a lone surrogate.";

    public Provider Provider { get; } = StoredValue.Read<Provider>(provider);

    public virtual string? Acknowledgement => null;

    public IReadOnlyList<ProviderSetting> Settings
    {
        get
        {
            var reader = new SettingsReader(default);
            Read(reader);
            return reader.Known;
        }
    }

    public ProviderSettings ReadSettings(JsonElement settings, bool mayBeIncomplete = false)
    {
        var reader = new SettingsReader(settings, mayBeIncomplete);
        try
        {
            var read = Read(reader);
            reader.ThrowIfInvalid();
            return read;
        }
        catch (InvalidOperationException)
        {
            throw new ValidationException([new("settings", "must not contain a lone surrogate")]);
        }
    }

    public IReadOnlyList<ProviderEvent> Receive(ProviderRequest request, ProviderSettings settings, DateTimeOffset now)
    {
        if (!settings.CanVerify)
        {
            throw new WebhookRejectedException("The connector has no secrets, so no webhook can be verified. Set them first.", isUnauthorized: true);
        }

        return Receive(request, (TSettings)settings, now);
    }

    public ProviderOutcome Map(string body, ProviderSettings settings, ConnectorId connector)
    {
        using var document = JsonDocument.Parse(body, JsonValues.Options);
        try
        {
            return Map(document.RootElement, (TSettings)settings, connector);
        }
        catch (UnusableValueException e)
        {
            return new ProviderFailed($"{e.Message}.");
        }
        catch (InvalidOperationException)
        {
            return new ProviderFailed(LoneSurrogate);
        }
    }

    protected abstract TSettings Read(SettingsReader settings);

    protected abstract IReadOnlyList<ProviderEvent> Receive(ProviderRequest request, TSettings settings, DateTimeOffset now);

    protected abstract ProviderOutcome Map(JsonElement body, TSettings settings, ConnectorId connector);

    /// <summary>Parses a body that should be a JSON object and reads it.</summary>
    protected static T ReadBody<T>(ReadOnlyMemory<byte> body, Func<JsonElement, T> read)
    {
        if (!Utf8.IsValid(body.Span))
        {
            throw new WebhookRejectedException("The body is not UTF-8.");
        }

        try
        {
            using var document = JsonDocument.Parse(body, JsonValues.Options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? read(document.RootElement)
                : throw new WebhookRejectedException("The body is not a JSON object.");
        }
        catch (JsonException)
        {
            throw new WebhookRejectedException($"The body is not JSON with a depth of at most {JsonValues.Options.MaxDepth}.");
        }
        catch (UnusableValueException e)
        {
            throw new WebhookRejectedException($"{e.Message}.");
        }
        catch (InvalidOperationException)
        {
            throw new WebhookRejectedException(LoneSurrogate);
        }
    }

    protected static ProviderEvent Event(string key, string kind, JsonElement body) =>
        key.Length <= ProviderEvent.MaxKeyLength && !key.Any(char.IsControl) && kind.Length <= ProviderEvent.MaxKeyLength && !kind.Any(char.IsControl)
            ? new(key, kind, body.GetRawText())
            : throw new WebhookRejectedException($"The key of an event must be at most {ProviderEvent.MaxKeyLength} characters without control characters.");
}
