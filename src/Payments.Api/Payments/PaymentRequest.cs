using Payments.Api.Json;

namespace Payments.Api.Payments;

/// <summary>A payment as its provider reports it.</summary>
/// <remarks>The attributes are only for the OpenAPI document. The value objects check the rules.</remarks>
/// <example>
/// {"reference": "ref-001", "connectorID": "eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9",
/// "createdAt": "2024-05-01T12:00:00Z", "amount": 100, "type": "PAY-IN", "status": "SUCCEEDED", "scheme": "visa", "asset": "USD/2"}
/// </example>
[JsonSchema("PaymentRequest")]
public class PaymentRequest : IKeepsRawBody
{
    /// <summary>
    /// The provider's reference of the payment: 1 to 1000 characters, case-sensitive. White space and invisible characters at its ends, and
    /// control characters, are rejected.
    /// </summary>
    [Required, StringLength(PaymentReference.MaxLength, MinimumLength = 1)] public string? Reference { get; init; }

    /// <summary>The id of an installed connector.</summary>
    [Required, JsonPropertyName("connectorID")] public string? ConnectorId { get; init; }

    /// <summary>
    /// The provider's time of the event that has this status: not the time of polling, and not the current time. RFC 3339 with an offset, stored
    /// with a precision of 100 ns. It must not be before 1970 or more than 5 minutes ahead of the service's clock.
    /// </summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public string? CreatedAt { get; init; }

    /// <summary>
    /// The amount in minor units of the asset (cents for USD/2), digits only: for PENDING the authorized amount, for SUCCEEDED the captured
    /// amount, for REFUNDED the refunded amount. All PENDING reports of a payment have the same amount, and so do all its SUCCEEDED reports. A
    /// dispute has one of these amounts.
    /// </summary>
    [Required, JsonSchemaType(typeof(MinorUnits)), JsonConverter(typeof(JsonNumberTextConverter))] public string? Amount { get; init; }

    /// <summary>The payment's type.</summary>
    [Required, JsonSchemaType(typeof(PaymentType))] public string? Type { get; init; }

    /// <summary>The status that the event reports.</summary>
    [Required, JsonSchemaType(typeof(PaymentStatus))] public string? Status { get; init; }

    /// <summary>The payment scheme. `unknown` if the provider does not report it; a later report can fill it in.</summary>
    [Required, JsonSchemaType(typeof(PaymentScheme))] public string? Scheme { get; init; }

    /// <summary>The currency or other asset, such as `USD/2`. The number after the slash is the number of decimal places of the minor unit.</summary>
    [Required, RegularExpression(Domain.Asset.Pattern)] public string? Asset { get; init; }

    /// <summary>The id of the account that the money leaves. The account does not have to be recorded here.</summary>
    [JsonPropertyName("sourceAccountID")] public string? SourceAccountId { get; init; }

    /// <summary>The id of the account that the money reaches. The account does not have to be recorded here.</summary>
    [JsonPropertyName("destinationAccountID")] public string? DestinationAccountId { get; init; }

    /// <summary>Your own data on the payment: at most 50 entries, with keys of 1 to 100 characters and values of at most 1000 characters.</summary>
    [JsonConverter(typeof(StringMapConverter))] public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The provider's JSON object for the event. It is stored unchanged. The default is the body of this request.</summary>
    [JsonSchemaType(typeof(IReadOnlyDictionary<string, object>)), JsonConverter(typeof(JsonObjectTextConverter))] public string? Raw { get; set; }

    void IKeepsRawBody.Keep(ReadOnlySpan<byte> body) => Raw ??= Encoding.UTF8.GetString(body);
}

/// <summary>An event of a payment that has its own reference, such as a partial refund.</summary>
[JsonSchema("PaymentAdjustmentRequest")]
public sealed class AdjustmentRequest : IKeepsRawBody
{
    /// <summary>
    /// The provider's reference of the event, such as the id of a refund: 1 to 1000 characters, case-sensitive. White space and invisible
    /// characters at its ends, and control characters, are rejected. The reference, the status and `createdAt` identify the adjustment within the
    /// payment.
    /// </summary>
    /// <example>refund-001</example>
    [Required, StringLength(PaymentReference.MaxLength, MinimumLength = 1)] public string? Reference { get; init; }

    /// <summary>
    /// The provider's time of the event: not the time of polling, and not the current time. RFC 3339 with an offset, stored with a precision of
    /// 100 ns. It must not be before 1970 or more than 5 minutes ahead of the service's clock.
    /// </summary>
    /// <example>2024-05-02T09:30:00Z</example>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public string? CreatedAt { get; init; }

    /// <summary>The status that the event reports.</summary>
    /// <example>REFUNDED</example>
    [Required, JsonSchemaType(typeof(PaymentStatus))] public string? Status { get; init; }

    /// <summary>
    /// The amount in minor units, digits only. Required for REFUNDED and REFUNDED_FAILURE (the refunded amount). Otherwise the default is the
    /// payment's initial amount. REFUNDED_FAILURE gives back the whole refund of its reference, whatever its own amount is.
    /// </summary>
    /// <example>40</example>
    [JsonSchemaType(typeof(MinorUnits)), JsonConverter(typeof(JsonNumberTextConverter))] public string? Amount { get; init; }

    /// <summary>The provider's JSON object for the event. It is stored unchanged. The default is the body of this request.</summary>
    [JsonSchemaType(typeof(IReadOnlyDictionary<string, object>)), JsonConverter(typeof(JsonObjectTextConverter))] public string? Raw { get; set; }

    void IKeepsRawBody.Keep(ReadOnlySpan<byte> body) => Raw ??= Encoding.UTF8.GetString(body);
}
