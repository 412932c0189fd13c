namespace Payments.Api.Payments.Import;

/// <summary>The result of a line of an import.</summary>
[JsonSchema("ImportedLine")]
public sealed record ImportedLine
{
    /// <summary>The number of the line, from 1. For CSV, the number of the record; the header is record 1.</summary>
    /// <example>1</example>
    [Required] public required long Line { get; init; }

    /// <summary>What the import did with the line.</summary>
    [Required, JsonSchemaType(typeof(ImportOutcome))] public required string Outcome { get; init; }

    /// <summary>The payment's id, if the outcome is `stored` or `replayed`.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Id { get; init; }

    /// <summary>The payment's asset, for the dashboard, if the outcome is `stored`.</summary>
    [JsonIgnore] internal string? StoredAsset { get; init; }

    /// <summary>Why the line was rejected, for programs: the `errorCode` that a create with this body returns.</summary>
    /// <example>VALIDATION</example>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ErrorCode { get; init; }

    /// <summary>Why the line was rejected, for people.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ErrorMessage { get; init; }

    /// <summary>The broken rules of each field, by the field's name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }

    /// <summary>The provider's name of the kind, if the outcome is `skipped`.</summary>
    /// <example>payout</example>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Kind { get; init; }
}
