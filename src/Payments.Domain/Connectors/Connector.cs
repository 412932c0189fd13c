namespace Payments.Domain.Connectors;

/// <summary>An installed connection to a provider. Payments and accounts have its id. Its settings are stored apart, because they are secrets.</summary>
public sealed record Connector(ConnectorId Id, ConnectorName Name, Instant InstalledAt)
{
    /// <summary>The error if the connector of a report is not installed.</summary>
    public static FieldError NotInstalled { get; } = new(
        "connectorID",
        "must be the id of an installed connector; no installed connector has this id. "
        + "To install it, send a name and this connectorID to POST /api/payments/connectors/{provider}");
}

/// <summary>The company's name for a connector. It is unique within the provider, ignoring case.</summary>
public sealed record ConnectorName : NameOrReference, IValueObject<ConnectorName>
{
    /// <summary>The max length in Unicode code points.</summary>
    public const int MaxLength = 100;

    private ConnectorName() { }

    /// <inheritdoc/>
    public static string Rule { get; } = RuleFor(MaxLength);
    /// <summary>The name in upper case. Names with the same key are the same name.</summary>
    public string Key => Text.ToUpperInvariant();

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out ConnectorName value) =>
        (value = IsValid(text, MaxLength) ? new() { Text = text } : null) is not null;
}
