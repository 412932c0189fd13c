using Payments.Providers.Values;

namespace Payments.Providers.Stripe;

/// <summary>An event of Stripe, in any API version: members are read by name.</summary>
internal readonly record struct StripeEvent(JsonElement Root, ConnectorId Connector)
{
    /// <summary>The metadata key of the charge that paid a payment intent. Older refunds and disputes name only the charge.</summary>
    public const string ChargeKey = "stripe.charge";

    public string Kind => Root.RequiredText("type");

    public JsonElement Object => Root.Member("data.object");

    /// <summary>The time of the event, for what the object became.</summary>
    public string Time => Root.RequiredTime("created");

    /// <summary>The time of the object, for what it is from its beginning. Every later event of the object repeats it.</summary>
    public string Created => Object.RequiredTime("created");

    /// <summary>What is visible of the event's origin. The object's own metadata is not copied; it stays in raw.</summary>
    public Dictionary<string, string> Metadata
    {
        get
        {
            var metadata = new Dictionary<string, string>();
            if (Root.Member("livemode").ValueKind == JsonValueKind.False)
            {
                metadata["stripe.livemode"] = "false";
            }

            if (Root.Text("account") is { } account)
            {
                metadata["stripe.account"] = account;
            }

            return metadata;
        }
    }

    public ProviderOutcome Report(PaymentType type, PaymentStatus status, string createdAt, string amount = "amount", PaymentScheme scheme = PaymentScheme.Unknown, string? ignoreOtherAmount = null) =>
        new ProviderCommands([new(
            new CreatePaymentCommand
            {
                ConnectorId = Connector.ToString(),
                Reference = Object.RequiredText("id"),
                Type = WireName<PaymentType>.Of(type),
                Status = WireName<PaymentStatus>.Of(status),
                CreatedAt = createdAt,
                Amount = Object.RequiredAmount(amount),
                Asset = StripeAmounts.Decimals.Asset(Object.RequiredText("currency")),
                Scheme = WireName<PaymentScheme>.Of(scheme),
                Metadata = Metadata,
                Raw = Object.GetRawText(),
            },
            []) { IgnoreOtherAmount = ignoreOtherAmount }]);

    /// <summary>An adjustment under the reference of an object, such as a refund, that names the charge or the payment intent.</summary>
    public ProviderCommand Adjust(JsonElement source, PaymentStatus status, string createdAt) => new(
        Adjustment(source, status, createdAt), FindPayment(Id(source, "payment_intent") ?? Id(Object, "payment_intent"), Id(source, "charge")))
    {
        Asset = StripeAmounts.Decimals.Asset(source.RequiredText("currency")),
    };

    public static AdjustPaymentCommand Adjustment(JsonElement source, PaymentStatus status, string createdAt) => new()
    {
        Reference = source.RequiredText("id"),
        Status = WireName<PaymentStatus>.Of(status),
        CreatedAt = createdAt,
        Amount = source.RequiredAmount("amount"),
        Raw = source.GetRawText(),
    };

    /// <summary>Finds the payment of a refund or a dispute: a payment intent, or a charge without one.</summary>
    public static IReadOnlyList<PaymentLookup> FindPayment(string? intent, string? charge)
    {
        string[] references = [.. new[] { intent, charge }.OfType<string>()];
        return references.Length == 0
            ? throw new UnusableValueException("payment_intent or charge must be an id")
            : [
                .. references.Select(reference => new PaymentLookup.ByReference(PaymentType.PayIn, reference)),
                .. charge is null ? (PaymentLookup[])[] : [new PaymentLookup.ByMetadata(PaymentType.PayIn, ChargeKey, charge)],
            ];
    }

    /// <summary>The id of an object that is given as its id or, expanded, as a whole.</summary>
    public static string? Id(JsonElement element, string member) => element.Text(member) ?? element.Text($"{member}.id");
}
