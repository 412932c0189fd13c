using System.Text.Json.Serialization;

namespace Payments.Api.Errors;

/// <summary>What went wrong: problem details of RFC 9457 with the contract's own <c>errorCode</c> and <c>errorMessage</c> beside them.</summary>
public sealed record Problem
{
    /// <summary>The HTTP status in words.</summary>
    /// <example>Bad Request</example>
    public required string Title { get; init; }

    /// <summary>The HTTP status code.</summary>
    /// <example>400</example>
    public required int Status { get; init; }

    /// <summary>What is wrong with this request, for people.</summary>
    /// <example>asset must be an asset such as USD/2</example>
    public required string Detail { get; init; }

    /// <summary>What went wrong, for programs; it does not change.</summary>
    /// <example>VALIDATION</example>
    public required string ErrorCode { get; init; }

    /// <summary>The same as <c>detail</c>.</summary>
    /// <example>asset must be an asset such as USD/2</example>
    public required string ErrorMessage { get; init; }

    /// <summary>Every broken rule by the name of its field in the request.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }

    /// <summary>What the log calls this request.</summary>
    /// <example>00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01</example>
    public required string TraceId { get; init; }
}
