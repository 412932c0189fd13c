namespace Payments.Domain;

/// <summary>A broken rule.</summary>
/// <param name="Field">The field's name in the contract, such as <c>connectorID</c>.</param>
/// <param name="Rule">A predicate that reads as a sentence with the field's name in front, such as <c>is required</c>.</param>
public sealed record FieldError(string Field, string Rule);

/// <summary>The request has invalid values. It changed nothing.</summary>
public sealed class ValidationException(IReadOnlyList<FieldError> errors) : Exception("The request has invalid values.")
{
    /// <summary>Every broken rule, in the order of the contract's fields.</summary>
    public IReadOnlyList<FieldError> Errors { get; } = errors;
}

/// <summary>The request contradicts what is recorded. It changed nothing.</summary>
public sealed class ConflictException(string message, IReadOnlyList<FieldError> errors) : Exception(message)
{
    /// <summary>The fields that differ from what is recorded.</summary>
    public IReadOnlyList<FieldError> Errors { get; } = errors;
}

/// <summary>The requested payment, account or connector does not exist.</summary>
public sealed class NotFoundException(string message) : Exception(message);

/// <summary>The payment is no longer in a version that the request expects. The request changed nothing.</summary>
public sealed class PreconditionFailedException(string message) : Exception(message);

/// <summary>The database is unreachable, busy or full. The request took effect completely or not at all, so it can be sent again.</summary>
public sealed class UnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The delay that the database asks for before the next attempt; null if it asks for none.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
