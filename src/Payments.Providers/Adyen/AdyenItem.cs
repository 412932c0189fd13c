using Payments.Providers.Values;

namespace Payments.Providers.Adyen;

/// <summary>An item of a notification. The signature covers neither its time nor its payment method, so they never decide an amount.</summary>
internal readonly record struct AdyenItem(JsonElement Item, AdyenSettings Settings, ConnectorId Connector)
{
    public string Kind => Item.RequiredText("eventCode");

    public bool IsSuccess => SuccessText(Item) == "true";

    public string PspReference => Item.RequiredText("pspReference");

    /// <summary>The reference of the payment, or the item's own if it names none.</summary>
    public string PaymentReference => Item.Text("originalReference") ?? PspReference;

    private string Time => Item.Text("eventDate") is { } date && Instant.TryParse(date, out var time)
        ? time.ToString()
        : throw new UnusableValueException($"eventDate {Instant.Rule}");

    /// <summary>Adyen sends it as a text or as a Boolean.</summary>
    public static string SuccessText(JsonElement item) => (item.Text("success"), item.Member("success").ValueKind) switch
    {
        ("true", _) or (_, JsonValueKind.True) => "true",
        ("false", _) or (_, JsonValueKind.False) => "false",
        _ => throw new UnusableValueException("success must be true or false"),
    };

    public ProviderOutcome Report(PaymentType type, PaymentStatus status, string reference) => new ProviderCommands([new(
        new CreatePaymentCommand
        {
            ConnectorId = Connector.ToString(),
            Reference = reference,
            Type = WireName<PaymentType>.Of(type),
            Status = WireName<PaymentStatus>.Of(status),
            CreatedAt = Time,
            Amount = Item.RequiredAmount("amount.value"),
            Asset = AdyenAmounts.Decimals.Asset(Item.RequiredText("amount.currency")),
            // The payment method of a later event can be another one, for example of the account that got the money back.
            Scheme = WireName<PaymentScheme>.Of(reference == PspReference ? AdyenScheme.Of(Item.Text("paymentMethod")) : PaymentScheme.Unknown),
            Metadata = AdyenMetadata.Of(Item.Text("merchantReference")),
            Raw = Item.GetRawText(),
        },
        [])]);

    /// <summary>An adjustment under the item's own reference, or under the payment's if <paramref name="isOwn"/>.</summary>
    public ProviderOutcome Adjust(PaymentStatus status, bool isOwn = false) => new ProviderCommands([new(
        new AdjustPaymentCommand
        {
            Reference = isOwn ? null : PspReference,
            Status = WireName<PaymentStatus>.Of(status),
            CreatedAt = Time,
            Amount = Item.RequiredAmount("amount.value"),
            Raw = Item.GetRawText(),
        },
        FindPayment()) { Asset = AdyenAmounts.Decimals.Asset(Item.RequiredText("amount.currency")) }]);

    private List<PaymentLookup> FindPayment()
    {
        var original = Item.Text("originalReference");
        string[] references = original is null || original == PspReference ? [PspReference] : [original, PspReference];
        List<PaymentLookup> lookups =
        [
            .. references.Select(reference => new PaymentLookup.ByReference(PaymentType.PayIn, reference)),
            .. references.Select(reference => new PaymentLookup.ByAdjustment(PaymentType.PayIn, reference)),
        ];

        // Attempts to pay one order have one merchant reference. So it decides only if the event names no payment, which may just not be recorded yet.
        if (Settings.FindByMerchantReference && original is null && Item.Text("merchantReference") is { } merchantReference)
        {
            lookups.Add(new PaymentLookup.ByMetadata(PaymentType.PayIn, AdyenMetadata.MerchantReferenceKey, merchantReference));
        }

        return lookups;
    }
}
