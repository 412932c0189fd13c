namespace Payments.Providers.Values;

/// <summary>Reads members of a provider's JSON by name, such as <c>data.object.id</c>. Other members are tolerated, because API versions differ.</summary>
internal static class JsonValues
{
    /// <summary>The depth that the API accepts in a request, so that raw objects can be exported and imported.</summary>
    public static JsonDocumentOptions Options { get; } = new() { MaxDepth = 32 };

    /// <summary>Returns a member; <see cref="JsonValueKind.Undefined"/> if it is missing.</summary>
    public static JsonElement Member(this JsonElement element, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return default;
            }
        }

        return element;
    }

    /// <summary>Returns the text of a member whose name has points, such as Adyen's <c>modification.action</c>; null if it is missing or empty.</summary>
    public static string? TextOf(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String && text.GetString() is { Length: > 0 } value
            ? value : null;

    /// <summary>Returns the items of an array; none if it is missing.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string path) =>
        element.Member(path) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    /// <summary>Returns a text; null if it is missing or empty.</summary>
    public static string? Text(this JsonElement element, string path) =>
        element.Member(path) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } value ? value : null;

    /// <summary>Returns a text that is required.</summary>
    public static string RequiredText(this JsonElement element, string path) =>
        element.Text(path) ?? throw new UnusableValueException($"{path} must be a text that is not empty");

    /// <summary>Returns the digits of an amount in minor units.</summary>
    public static string RequiredAmount(this JsonElement element, string path) =>
        element.Member(path) is { ValueKind: JsonValueKind.Number } number && MinorUnits.TryParse(number.GetRawText(), out _)
            ? number.GetRawText()
            : throw new UnusableValueException($"{path} {MinorUnits.Rule}");

    /// <summary>Returns a time in seconds since 1970 as RFC 3339.</summary>
    public static string RequiredTime(this JsonElement element, string path) =>
        element.Member(path) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var seconds) && seconds is >= 0 and < 253_402_300_800
            ? new Instant(DateTimeOffset.FromUnixTimeSeconds(seconds)).ToString()
            : throw new UnusableValueException($"{path} must be a time in seconds since 1970");
}
