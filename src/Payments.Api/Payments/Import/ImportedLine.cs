using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using NJsonSchema.Annotations;
using Payments.Api.Errors;
using Payments.Application.Payments;
using Payments.Domain;

namespace Payments.Api.Payments.Import;

/// <summary>What became of one line of an import.</summary>
[JsonSchema("ImportedLine")]
public sealed record ImportedLine
{
    /// <summary>The line's number, from 1. Of CSV it is the number of the record, of which the header is the first.</summary>
    /// <example>1</example>
    [Required]
    public required long Line { get; init; }

    /// <summary>What became of it.</summary>
    [Required]
    [JsonSchemaType(typeof(ImportOutcome))]
    public required string Outcome { get; init; }

    /// <summary>The payment's id, where the line is stored or replayed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    /// <summary>Why it is not, for programs: the errorCode that the same request has by itself.</summary>
    /// <example>VALIDATION</example>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ErrorCode { get; init; }

    /// <summary>Why it is not, for people.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ErrorMessage { get; init; }

    /// <summary>Every broken rule by the name of its field.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }

    internal static ImportedLine Recorded(ImportLineResult result) =>
        new() { Line = result.Number, Outcome = WireName<ImportOutcome>.Of(result.Outcome), Id = result.Payment!.Id.ToString() };

    internal static ImportedLine Rejected(ImportLineResult result, RequestError error) => new()
    {
        Line = result.Number,
        Outcome = WireName<ImportOutcome>.Of(result.Outcome),
        ErrorCode = error.Code,
        ErrorMessage = error.Message,
        Errors = RequestError.ByField(error.Errors),
    };

    internal static ImportedLine Failed(long line) => new()
    {
        Line = line,
        Outcome = WireName<ImportOutcome>.Of(ImportOutcome.Unavailable),
        ErrorCode = Problems.LineFailed.Code,
        ErrorMessage = Problems.LineFailed.Message,
    };
}
