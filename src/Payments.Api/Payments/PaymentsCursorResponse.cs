using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using NJsonSchema.Annotations;

namespace Payments.Api.Payments;

/// <summary>A page of payments.</summary>
/// <param name="Cursor">The page and its neighbours.</param>
public sealed record PaymentsCursorResponse([property: Required] PaymentsCursor Cursor);

/// <summary>A page and its neighbours.</summary>
[JsonSchema("PaymentsCursor")]
public sealed record PaymentsCursor
{
    /// <summary>The most payments of a page.</summary>
    /// <example>15</example>
    [Required]
    public required int PageSize { get; init; }

    /// <summary>Whether there is a page behind this one.</summary>
    /// <example>false</example>
    [Required]
    public required bool HasMore { get; init; }

    /// <summary>The cursor of the page in front of this one, left out where the list begins.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Previous { get; init; }

    /// <summary>The cursor of the page behind this one, left out where the list ends.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Next { get; init; }

    /// <summary>The payments, each with all its adjustments.</summary>
    [Required]
    public required IReadOnlyList<PaymentData> Data { get; init; }
}
