namespace Payments.Domain.Events;

/// <summary>The kind of a recorded change. Each value is one bit, so that a filter of several kinds is one number.</summary>
[Flags]
public enum EventKind
{
    /// <summary>A payment was recorded for the first time.</summary>
    [JsonStringEnumMemberName("payment.created")] PaymentCreated = 1,
    /// <summary>An adjustment of a payment was recorded.</summary>
    [JsonStringEnumMemberName("payment.adjusted")] PaymentAdjusted = 2,
    /// <summary>The metadata of a payment changed, or a report filled in unknown details.</summary>
    [JsonStringEnumMemberName("payment.updated")] PaymentUpdated = 4,
    /// <summary>An account was recorded.</summary>
    [JsonStringEnumMemberName("account.created")] AccountCreated = 8,
    /// <summary>A connector was installed.</summary>
    [JsonStringEnumMemberName("connector.installed")] ConnectorInstalled = 16,
    /// <summary>A connector was uninstalled.</summary>
    [JsonStringEnumMemberName("connector.uninstalled")] ConnectorUninstalled = 32,
    /// <summary>A webhook endpoint was created.</summary>
    [JsonStringEnumMemberName("webhook.created")] WebhookCreated = 64,
    /// <summary>A webhook endpoint was changed, paused or resumed, or its secret was rotated.</summary>
    [JsonStringEnumMemberName("webhook.updated")] WebhookUpdated = 128,
    /// <summary>A webhook endpoint was deleted.</summary>
    [JsonStringEnumMemberName("webhook.deleted")] WebhookDeleted = 256,
    /// <summary>The service disabled a webhook endpoint because its deliveries failed.</summary>
    [JsonStringEnumMemberName("webhook.disabled")] WebhookDisabled = 512,
}
