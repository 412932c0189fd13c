using Payments.Domain.Connectors;

namespace Payments.Domain.Payments;

/// <summary>The id of a payment: base64url of <c>{"ConnectorID":{…},"Reference":"ref-001","Type":"PAY-IN"}</c>.
/// It is derived from the provider's reference, so a payment that is reported twice is recorded once.</summary>
public sealed record PaymentId(ConnectorId ConnectorId, PaymentReference Reference, PaymentType Type) : IValueObject<PaymentId>
{
    /// <inheritdoc/>
    public static string Rule => "must be the id of a payment, as the service returned it";

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out PaymentId value) =>
        CanonicalId.TryDecode(text, Read, out value);

    /// <summary>The canonical text of the id.</summary>
    public override string ToString() => CanonicalId.Encode(
        $$"""{"ConnectorID":{{ConnectorId.Json}},"Reference":"{{CanonicalId.Escape(Reference.Text)}}","Type":"{{WireName<PaymentType>.Of(Type)}}"}""");

    private static PaymentId? Read(JsonElement element) =>
        CanonicalId.Members(element, "ConnectorID", "Reference", "Type") is [var connector, var reference, var type]
        && ConnectorId.Read(connector) is { } connectorId
        && CanonicalId.Text(reference) is { } text
        && PaymentReference.TryParse(text, out var paymentReference)
        && CanonicalId.Text(type) is { } name
        && WireName<PaymentType>.TryParse(name, out var paymentType)
            ? new PaymentId(connectorId, paymentReference, paymentType)
            : null;
}

/// <summary>The provider's reference of a payment or of an adjustment.</summary>
public sealed record PaymentReference : NameOrReference, IValueObject<PaymentReference>
{
    /// <summary>The max length in Unicode code points.</summary>
    public const int MaxLength = 1000;

    private PaymentReference() { }

    /// <inheritdoc/>
    public static string Rule { get; } = RuleFor(MaxLength);

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out PaymentReference value) =>
        (value = IsValid(text, MaxLength) ? new() { Text = text } : null) is not null;
}

/// <summary>The direction of a payment: received (PAY-IN), sent (PAYOUT) or between the company's own accounts (TRANSFER).</summary>
public enum PaymentType
{
    /// <summary>Money that the company receives.</summary>
    [JsonStringEnumMemberName("PAY-IN")] PayIn = 1,
    /// <summary>Money that the company sends.</summary>
    [JsonStringEnumMemberName("PAYOUT")] Payout = 2,
    /// <summary>Money that moves between the company's own accounts.</summary>
    [JsonStringEnumMemberName("TRANSFER")] Transfer = 3,
    /// <summary>A movement of another kind.</summary>
    [JsonStringEnumMemberName("OTHER")] Other = 4,
}
