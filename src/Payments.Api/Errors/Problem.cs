namespace Payments.Api.Errors;

/// <summary>An error: problem details (RFC 9457) with the members <c>errorCode</c> and <c>errorMessage</c> of the Formance Payments contract.</summary>
/// <remarks>The schema of what <see cref="Problems.WriteProblemAsync"/> writes.</remarks>
public sealed record Problem
{
    /// <summary>The HTTP status as text.</summary>
    /// <example>Bad Request</example>
    public required string Title { get; init; }

    /// <summary>The HTTP status code.</summary>
    /// <example>400</example>
    public required int Status { get; init; }

    /// <summary>What is wrong with this request. The text can change between versions; <c>errorCode</c> does not.</summary>
    /// <example>asset must be an asset such as USD/2.</example>
    public required string Detail { get; init; }

    /// <summary>The kind of error, for programs. It never changes.</summary>
    /// <example>VALIDATION</example>
    public required string ErrorCode { get; init; }

    /// <summary>The same text as <c>detail</c>.</summary>
    /// <example>asset must be an asset such as USD/2.</example>
    public required string ErrorMessage { get; init; }

    /// <summary>The broken rules of each field. The keys are the names of the fields in the request. Left out if the error is not about fields.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }

    /// <summary>The id of this request in the service's log.</summary>
    /// <example>00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01</example>
    public required string TraceId { get; init; }
}
