namespace Payments.Api.Connectors;

/// <summary>A connector to install. It can also have the settings of <c>ConnectorSettings</c>. Other members, such as API keys of the provider, are accepted and discarded.</summary>
/// <example>{"name": "stripe-us"}</example>
[JsonSchema("ConnectorRequest")]
public sealed class ConnectorRequest
{
    /// <summary>Your name for the connector: 1 to 100 characters. Unique within the provider, ignoring case.</summary>
    /// <example>stripe-us</example>
    [Required, StringLength(ConnectorName.MaxLength, MinimumLength = 1)] public string? Name { get; init; }

    /// <summary>The connector's id in another installation, if you import its payments from there. The default is a new id.</summary>
    [JsonPropertyName("connectorID")] public string? ConnectorId { get; init; }

    /// <summary>The settings of the provider.</summary>
    [JsonExtensionData] public Dictionary<string, JsonElement> Others { get; init; } = [];
}

/// <summary>
/// Settings of a connector, by which the service verifies the webhooks of its provider. They are encrypted and never returned. Stripe has
/// `webhookSecret`. Adyen has `hmacKey`, `webhookUsername`, `webhookPassword`, `capture` (`automatic` or `manual`) and `findByMerchantReference`
/// (`true` or `false`). Each secret is a string, or an array of up to three while you rotate it.
/// </summary>
/// <example>{"webhookSecret": "whsec_5WqDhlVhHAVPZSkMUDA0mFjOzeF1gO4L"}</example>
[JsonSchema("ConnectorSettings")]
public sealed class ConnectorSettingsRequest
{
    /// <summary>The settings of the provider.</summary>
    [JsonExtensionData] public Dictionary<string, JsonElement> Settings { get; init; } = [];
}

/// <summary>The connector that was installed.</summary>
/// <param name="Data">The connector's id.</param>
public sealed record ConnectorResponse([property: Required] ConnectorIdentity Data);

/// <summary>The id of a connector.</summary>
public sealed record ConnectorIdentity
{
    /// <summary>The connector's id. Payments and accounts have it as <c>connectorID</c>.</summary>
    /// <example>eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9</example>
    [Required, JsonPropertyName("connectorID")] public required string ConnectorId { get; init; }
}

/// <summary>All installed connectors.</summary>
/// <param name="Data">The connectors, in the order of installation.</param>
public sealed record ConnectorsResponse([property: Required] IReadOnlyList<ConnectorData> Data);

/// <summary>An installed connector.</summary>
[JsonSchema("Connector")]
public sealed record ConnectorData
{
    /// <summary>The connector's id. Payments and accounts have it as <c>connectorID</c>.</summary>
    [Required, JsonPropertyName("connectorID")] public required string ConnectorId { get; init; }

    /// <summary>The connector's provider.</summary>
    /// <example>STRIPE</example>
    [Required] public required string Provider { get; init; }

    /// <summary>Your name for the connector.</summary>
    /// <example>stripe-eu</example>
    [Required] public required string Name { get; init; }

    /// <summary>Always true: payments can be recorded through every installed connector.</summary>
    [Required] public required bool Enabled { get; init; }
}
