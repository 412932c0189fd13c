namespace Payments.Domain.Connectors;

/// <summary>The id of a connector: base64url of <c>{"Provider":"stripe","Reference":"uuid"}</c>.</summary>
public sealed record ConnectorId(Provider Provider, Guid Reference) : IValueObject<ConnectorId>
{
    /// <inheritdoc/>
    public static string Rule => "must be the id of a connector, as its installation returned it";

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out ConnectorId value) =>
        CanonicalId.TryDecode(text, Read, out value);

    /// <summary>Reads the id of a stored connector.</summary>
    /// <exception cref="FormatException">A text is not valid.</exception>
    public static ConnectorId Restore(string provider, string reference) => new(StoredValue.Read<Provider>(provider), Guid.ParseExact(reference, "D"));

    /// <summary>Whether it is a connector of a provider, whose name can be in either form.</summary>
    public bool IsOf(string provider) => Provider.TryParse(provider, out var parsed) && parsed == Provider;

    internal string Json => $$"""{"Provider":"{{Provider.Id}}","Reference":"{{Reference}}"}""";

    /// <summary>The canonical text of the id.</summary>
    public override string ToString() => CanonicalId.Encode($"{Json}");

    internal static ConnectorId? Read(JsonElement element) =>
        CanonicalId.Members(element, "Provider", "Reference") is [var provider, var reference]
        && CanonicalId.Text(provider) is { } name
        && Provider.TryParse(name, out var parsed)
        && Guid.TryParseExact(CanonicalId.Text(reference), "D", out var uuid)
            ? new ConnectorId(parsed, uuid)
            : null;
}
