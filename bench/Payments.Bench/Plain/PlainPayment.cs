using System.Buffers.Text;
using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Payments.Bench.Plain;

public sealed record PlainRequest
{
    [Required]
    [StringLength(1000, MinimumLength = 1)]
    public string Reference { get; init; } = "";

    [Required]
    [JsonPropertyName("connectorID")]
    public string ConnectorId { get; init; } = "";

    [Required]
    public DateTimeOffset? CreatedAt { get; init; }

    [Required]
    [Range(0, long.MaxValue)]
    public long? Amount { get; init; }

    [Required]
    [AllowedValues("PAY-IN", "PAYOUT", "TRANSFER", "OTHER")]
    public string Type { get; init; } = "";

    [Required]
    public string Status { get; init; } = "";

    [Required]
    public string Scheme { get; init; } = "";

    [Required]
    [RegularExpression(@"^[A-Z][A-Z0-9]{0,16}(_[A-Z]{1,16})?(/\d{1,6})?$")]
    public string Asset { get; init; } = "";

    [JsonPropertyName("sourceAccountID")]
    public string? SourceAccountId { get; init; }

    [JsonPropertyName("destinationAccountID")]
    public string? DestinationAccountId { get; init; }

    public Dictionary<string, string> Metadata { get; init; } = [];

    public JsonElement Raw { get; init; }
}

public sealed record PlainResponse(PlainPayment Data);

public sealed record PlainPage(PlainCursor Cursor);

public sealed record PlainCursor(int PageSize, bool HasMore, IReadOnlyList<PlainPayment> Data);

public sealed record PlainPayment
{
    public required string Id { get; init; }

    public required string Reference { get; init; }

    [JsonPropertyName("sourceAccountID")]
    public required string SourceAccountId { get; init; }

    [JsonPropertyName("destinationAccountID")]
    public required string DestinationAccountId { get; init; }

    [JsonPropertyName("connectorID")]
    public required string ConnectorId { get; init; }

    public required string Provider { get; init; }

    public required string Type { get; init; }

    public required string Status { get; init; }

    public required long InitialAmount { get; init; }

    public required long Amount { get; init; }

    public required string Scheme { get; init; }

    public required string Asset { get; init; }

    public required DateTime CreatedAt { get; init; }

    public required JsonElement Raw { get; init; }

    public required IReadOnlyList<PlainAdjustment> Adjustments { get; init; }

    public required Dictionary<string, string> Metadata { get; init; }

    public static PlainPayment From(PlainRequest request) => new()
    {
        Id = IdOf(request.ConnectorId, request.Reference, request.Type),
        Reference = request.Reference,
        SourceAccountId = request.SourceAccountId ?? "",
        DestinationAccountId = request.DestinationAccountId ?? "",
        ConnectorId = request.ConnectorId,
        Provider = "STRIPE",
        Type = request.Type,
        Status = request.Status,
        InitialAmount = request.Amount!.Value,
        Amount = request.Amount.Value,
        Scheme = request.Scheme,
        Asset = request.Asset,
        CreatedAt = request.CreatedAt!.Value.UtcDateTime,
        Raw = request.Raw,
        Adjustments = [new(request.Reference, request.CreatedAt.Value.UtcDateTime, request.Status, request.Amount.Value, request.Raw)],
        Metadata = request.Metadata,
    };

    public static string IdOf(string connectorId, string reference, string type) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        $$"""{"ConnectorID":{{Encoding.UTF8.GetString(Base64Url.DecodeFromChars(connectorId))}},"Reference":{{JsonSerializer.Serialize(reference)}},"Type":"{{type}}"}"""));
}

public sealed record PlainAdjustment(string Reference, DateTime CreatedAt, string Status, long Amount, JsonElement Raw);
