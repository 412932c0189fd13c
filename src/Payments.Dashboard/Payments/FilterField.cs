namespace Payments.Dashboard.Payments;

/// <summary>How the values of a filter are entered.</summary>
internal enum FilterEditor
{
    Choices = 1,
    Lines = 2,
    Dates = 3,
    Amounts = 4,
    Entry = 5,
    Json = 6,
}

/// <summary>A filter of the list.</summary>
/// <param name="Key">Its name in the URL of a form.</param>
/// <param name="Label">Its name for people.</param>
/// <param name="Editor">How its values are entered.</param>
/// <param name="Field">The field that it filters by; null for <see cref="FilterEditor.Entry"/> and <see cref="FilterEditor.Json"/>.</param>
/// <param name="Parameters">Its parameters in the URL of the list.</param>
internal sealed record FilterField(string Key, string Label, FilterEditor Editor, PaymentField? Field, params string[] Parameters)
{
    public const string From = "from";
    public const string To = "to";

    /// <summary>Whether it is offered in the menu of the other filters, so that the usual ones fit on a line.</summary>
    public bool IsRare { get; init; }

    public static FilterField Amount { get; } = new("amount", "Amount", FilterEditor.Amounts, PaymentField.Amount, "amountGte", "amountLte");
    public static FilterField Asset { get; } = new("asset", "Asset", FilterEditor.Lines, PaymentField.Asset, "asset");
    public static FilterField Provider { get; } = new("provider", "Provider", FilterEditor.Choices, PaymentField.Provider, "provider");
    public static FilterField Connector { get; } = new("connector", "Connector", FilterEditor.Choices, PaymentField.ConnectorId, "connectorID") { IsRare = true };

    /// <summary>Metadata has one parameter for each key.</summary>
    public static FilterField Metadata { get; } = new("metadata", "Metadata", FilterEditor.Entry, null);

    /// <summary>Every filter, in the order of the page.</summary>
    public static IReadOnlyList<FilterField> All { get; } =
    [
        new("date", "Date", FilterEditor.Dates, PaymentField.CreatedAt, "createdAtFrom", "createdAtTo"),
        new("status", "Status", FilterEditor.Choices, PaymentField.Status, "status"),
        Amount,
        Asset,
        Provider,
        Connector,
        new("type", "Type", FilterEditor.Choices, PaymentField.Type, "type"),
        new("scheme", "Scheme", FilterEditor.Choices, PaymentField.Scheme, "scheme") { IsRare = true },
        new("reference", "Reference", FilterEditor.Lines, PaymentField.Reference, "reference") { IsRare = true },
        new("source", "From account", FilterEditor.Lines, PaymentField.SourceAccountId, "sourceAccountID") { IsRare = true },
        new("destination", "To account", FilterEditor.Lines, PaymentField.DestinationAccountId, "destinationAccountID") { IsRare = true },
        Metadata,
        new("query", "Query", FilterEditor.Json, null, "query") { IsRare = true },
    ];

    /// <summary>The name of a value for people.</summary>
    public string TextOf(string value) => Key switch
    {
        "status" => Formatting.PaymentText.Status(value),
        "type" => Formatting.PaymentText.Type(value),
        _ => value,
    };
}
