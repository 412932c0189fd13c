using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using NJsonSchema.Annotations;
using Payments.Domain.Connectors;

namespace Payments.Api.Connectors;

/// <summary>A connector to install. Further members, such as a provider's keys, are accepted and thrown away.</summary>
[JsonSchema("ConnectorRequest")]
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed class ConnectorRequest
{
    /// <summary>What the company calls the connector; unique within the provider, ignoring case.</summary>
    /// <example>stripe-eu</example>
    [Required]
    [StringLength(ConnectorName.MaxLength, MinimumLength = 1)]
    public string? Name { get; init; }

    /// <summary>An id from another installation, to bring its payments over; left out for a new one.</summary>
    [JsonPropertyName("connectorID")]
    public string? ConnectorId { get; init; }
}

/// <summary>The connector that was installed.</summary>
/// <param name="Data">Its identity.</param>
public sealed record ConnectorResponse([property: Required] ConnectorIdentity Data);

/// <summary>The identity of a connector.</summary>
public sealed record ConnectorIdentity
{
    /// <summary>What payments carry as their <c>connectorID</c>.</summary>
    /// <example>eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9</example>
    [Required]
    [JsonPropertyName("connectorID")]
    public required string ConnectorId { get; init; }
}

/// <summary>Every installed connector.</summary>
/// <param name="Data">The connectors in the order of their installation.</param>
public sealed record ConnectorsResponse([property: Required] IReadOnlyList<ConnectorData> Data);

/// <summary>An installed connector.</summary>
[JsonSchema("Connector")]
public sealed record ConnectorData
{
    /// <summary>What payments carry as their <c>connectorID</c>.</summary>
    [Required]
    [JsonPropertyName("connectorID")]
    public required string ConnectorId { get; init; }

    /// <summary>The provider, by its name in the contract.</summary>
    /// <example>STRIPE</example>
    [Required]
    public required string Provider { get; init; }

    /// <summary>What the company calls it.</summary>
    /// <example>stripe-eu</example>
    [Required]
    public required string Name { get; init; }

    /// <summary>Always true: an installed connector takes payments.</summary>
    [Required]
    public required bool Enabled { get; init; }
}
