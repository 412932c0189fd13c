using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using NJsonSchema.Annotations;
using Payments.Api.Errors;
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

    internal static ImportedLine Taken(long line, string id, bool replayed) =>
        new() { Line = line, Outcome = WireName<ImportOutcome>.Of(replayed ? ImportOutcome.Replayed : ImportOutcome.Stored), Id = id };

    internal static ImportedLine Refused(long line, RequestError refusal) => new()
    {
        Line = line,
        Outcome = WireName<ImportOutcome>.Of(refusal.Status switch
        {
            >= 500 => ImportOutcome.Unavailable,
            409 => ImportOutcome.Conflict,
            _ => ImportOutcome.Invalid,
        }),
        ErrorCode = refusal.Code,
        ErrorMessage = refusal.Message,
        Errors = RequestError.ByField(refusal.Errors),
    };
}

/// <summary>What may become of a line.</summary>
public enum ImportOutcome
{
    /// <summary>Its payment is stored, or was moved on by it.</summary>
    [JsonStringEnumMemberName("stored")]
    Stored = 1,

    /// <summary>It repeats what is stored; nothing was written.</summary>
    [JsonStringEnumMemberName("replayed")]
    Replayed = 2,

    /// <summary>It contradicts what is stored; nothing was written.</summary>
    [JsonStringEnumMemberName("conflict")]
    Conflict = 3,

    /// <summary>It breaks a rule; nothing was written.</summary>
    [JsonStringEnumMemberName("invalid")]
    Invalid = 4,

    /// <summary>It could not be taken now, through no fault of its own; the same line may be sent again.</summary>
    [JsonStringEnumMemberName("unavailable")]
    Unavailable = 5,
}
