using Payments.Domain.Connectors;

namespace Payments.Domain.Payments;

/// <summary>
/// The id of a payment: base64url of <c>{"ConnectorID":{…},"Reference":"ref-001","Type":"PAY-IN"}</c>. It is derived from the provider's
/// reference, so a payment that is reported twice is recorded once.
/// </summary>
public sealed record PaymentId(ConnectorId ConnectorId, PaymentReference Reference, PaymentType Type) : IValueObject<PaymentId>
{
    /// <inheritdoc/>
    public static string Rule => "must be the id of a payment, as the service returned it";

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out PaymentId value) =>
        CanonicalId.TryDecode(text, Read, out value);

    /// <summary>The canonical text of the id.</summary>
    public override string ToString() => CanonicalId.Encode(
        ConnectorId.AppendTo(new StringBuilder("{\"ConnectorID\":"))
            .Append(",\"Reference\":").AppendString(Reference.Text)
            .Append(",\"Type\":\"").Append(WireName<PaymentType>.Of(Type)).Append("\"}")
            .ToString());

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
