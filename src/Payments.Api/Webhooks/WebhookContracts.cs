using Payments.Api.Json;

namespace Payments.Api.Webhooks;

/// <summary>A webhook endpoint to create.</summary>
/// <remarks>The attributes are only for the OpenAPI document. The value objects check the rules.</remarks>
/// <example>{"url": "https://shop.example/webhooks/payments", "types": ["payment.created", "payment.adjusted"], "description": "Order status"}</example>
[JsonSchema("WebhookRequest")]
public sealed class WebhookRequest
{
    /// <summary>
    /// The URL that receives the events: https, at most 2000 characters, without a user name, a password or a fragment. Its host must have a
    /// public address, or an address in a network of the setting `Webhooks:AllowedNetworks`.
    /// </summary>
    [Required, StringLength(WebhookUrl.MaxLength)] public string? Url { get; init; }

    /// <summary>The types of events to deliver. The default is all, including types that later versions add.</summary>
    [JsonConverter(typeof(StringListConverter))] public IReadOnlyList<string>? Types { get; init; }

    /// <summary>What the endpoint is for: at most 200 characters.</summary>
    [StringLength(WebhookDescription.MaxLength)] public string? Description { get; init; }

    /// <summary>
    /// Whether each event waits until the one before it is delivered. The default is false: first attempts are made in order, but a retry does
    /// not hold later events back.
    /// </summary>
    [JsonConverter(typeof(BooleanConverter))] public bool? Ordered { get; init; }

    /// <summary>The secret that signs deliveries: `whsec_` followed by 24 to 64 random bytes in base64. The default is a new secret.</summary>
    public string? Secret { get; init; }
}

/// <summary>Settings of a webhook endpoint to change. Members that are left out do not change.</summary>
/// <example>{"types": ["payment.created"]}</example>
[JsonSchema("WebhookUpdate")]
public sealed class WebhookUpdate
{
    /// <summary>The new URL, by the rules of a creation.</summary>
    [StringLength(WebhookUrl.MaxLength)] public string? Url { get; init; }

    /// <summary>The new types of events. An empty array means all.</summary>
    [JsonConverter(typeof(StringListConverter))] public IReadOnlyList<string>? Types { get; init; }

    /// <summary>The new description. Empty removes it.</summary>
    [StringLength(WebhookDescription.MaxLength)] public string? Description { get; init; }

    /// <summary>Whether each event waits until the one before it is delivered.</summary>
    [JsonConverter(typeof(BooleanConverter))] public bool? Ordered { get; init; }
}

/// <summary>A new secret of a webhook endpoint.</summary>
[JsonSchema("SecretRotation")]
public sealed class SecretRotation
{
    /// <summary>The new secret: `whsec_` followed by 24 to 64 random bytes in base64. The default is a new secret.</summary>
    public string? Secret { get; init; }
}

/// <summary>Which deliveries to send again.</summary>
/// <example>{"since": "2026-03-01T00:00:00Z"}</example>
[JsonSchema("DeliveryRecovery")]
public sealed class DeliveryRecovery
{
    /// <summary>Deliveries whose last attempt was at or after this time. RFC 3339 with an offset.</summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public string? Since { get; init; }
}

/// <summary>One webhook endpoint.</summary>
/// <param name="Data">The endpoint.</param>
public sealed record WebhookResponse([property: Required] WebhookData Data);

/// <summary>A webhook endpoint.</summary>
[JsonSchema("Webhook")]
public sealed record WebhookData
{
    /// <summary>The endpoint's id.</summary>
    /// <example>0b8f5f0e-3c7e-4f7b-9a53-6f5f2a1c9d10</example>
    [Required] public required string Id { get; init; }

    /// <summary>The URL that receives the events.</summary>
    /// <example>https://shop.example/webhooks/payments</example>
    [Required] public required string Url { get; init; }

    /// <summary>The types of events that are delivered. Empty means all.</summary>
    [Required] public required IReadOnlyList<string> Types { get; init; }

    /// <summary>What the endpoint is for. Empty if it has no description.</summary>
    [Required(AllowEmptyStrings = true)] public required string Description { get; init; }

    /// <summary>Whether each event waits until the one before it is delivered.</summary>
    [Required] public required bool Ordered { get; init; }

    /// <summary>
    /// Whether events are delivered. Resuming an endpoint that is `paused` or `disabled` delivers the events in between. The service disables an
    /// endpoint that returns 410, or for which every attempt failed for 5 days.
    /// </summary>
    [Required, JsonSchemaType(typeof(WebhookState))] public required string State { get; init; }

    /// <summary>Why the service disabled the endpoint. Left out in every other state.</summary>
    [JsonSchemaType(typeof(DisabledReason)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? DisabledReason { get; init; }

    /// <summary>When the endpoint was created, in UTC.</summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public required string CreatedAt { get; init; }

    /// <summary>The secret that signs deliveries. It is returned only when it is created or rotated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Secret { get; init; }

    /// <summary>The last four characters of the secret.</summary>
    /// <example>LaSw</example>
    [Required] public required string SecretLastFour { get; init; }

    /// <summary>When the earlier secret expires, which also signs until then. Left out if no rotation is open.</summary>
    [JsonSchemaType(typeof(DateTimeOffset)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? PreviousSecretExpiresAt { get; init; }
}

/// <summary>The delivery of an event to an endpoint. Only deliveries that failed or that were requested are recorded.</summary>
[JsonSchema("Delivery")]
public sealed record DeliveryData
{
    /// <summary>The position of the event in the feed.</summary>
    /// <example>42</example>
    [Required] public required long Position { get; init; }

    /// <summary>Whether the delivery succeeded, failed for good, or will be attempted again.</summary>
    [Required, JsonSchemaType(typeof(DeliveryState))] public required string State { get; init; }

    /// <summary>How many attempts were made, including those older than 30 days.</summary>
    [Required] public required int AttemptCount { get; init; }

    /// <summary>When the next attempt is planned. Left out if there is none.</summary>
    [JsonSchemaType(typeof(DateTimeOffset)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? NextAttemptAt { get; init; }

    /// <summary>When the delivery last changed, in UTC.</summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public required string UpdatedAt { get; init; }

    /// <summary>The attempts of the last 30 days, oldest first.</summary>
    [Required] public required IReadOnlyList<DeliveryAttempt> Attempts { get; init; }
}

/// <summary>An attempt to deliver an event.</summary>
public sealed record DeliveryAttempt
{
    /// <summary>When the attempt began, in UTC.</summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public required string At { get; init; }

    /// <summary>How long the attempt took, in milliseconds.</summary>
    /// <example>87</example>
    [Required] public required long DurationMs { get; init; }

    /// <summary>The status of the endpoint's response. Left out if there was none.</summary>
    /// <example>500</example>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Status { get; init; }

    /// <summary>Why there was no response. Left out if there was one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Error { get; init; }

    /// <summary>The first 1024 bytes of the response's body. Left out if it was empty.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Response { get; init; }
}

/// <summary>The result of a test.</summary>
/// <param name="Data">The attempt. It succeeded if its status is 200 to 299.</param>
public sealed record WebhookTestResponse([property: Required] DeliveryAttempt Data);

/// <summary>The deliveries that are sent again.</summary>
/// <param name="Data">Their number.</param>
public sealed record RecoveryResponse([property: Required] RecoveredDeliveries Data);

/// <summary>The deliveries that are sent again.</summary>
/// <param name="Count">How many there are.</param>
public sealed record RecoveredDeliveries([property: Required] int Count);
