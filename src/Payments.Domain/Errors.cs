namespace Payments.Domain;

/// <summary>One broken rule.</summary>
/// <param name="Field">The field's name in the contract, such as <c>connectorID</c>.</param>
/// <param name="Rule">The rule, as the end of a sentence that begins with the field's name.</param>
public sealed record FieldError(string Field, string Rule);

/// <summary>A request whose values break rules; it changed nothing. <see cref="Errors"/> names every one.</summary>
public sealed class ValidationException(IReadOnlyList<FieldError> errors)
    : Exception("A value breaks its rule.")
{
    /// <summary>Every broken rule, in the order of the contract's fields.</summary>
    public IReadOnlyList<FieldError> Errors { get; } = errors;
}

/// <summary>A request that contradicts what is stored; it changed nothing.</summary>
/// <param name="message">What is contradicted, for the caller to read.</param>
/// <param name="errors">The fields that differ.</param>
public sealed class ConflictException(string message, IReadOnlyList<FieldError> errors)
    : Exception(message)
{
    /// <summary>The fields that differ from what is stored.</summary>
    public IReadOnlyList<FieldError> Errors { get; } = errors;
}

/// <summary>What was asked for is not there.</summary>
public sealed class NotFoundException(string message)
    : Exception(message);

/// <summary>What is stored is no longer what the caller says it has seen; nothing was changed.</summary>
public sealed class PreconditionFailedException(string message)
    : Exception(message);

/// <summary>The store cannot be reached, is busy or is full; nothing is half-written and the same request may be sent again.</summary>
public sealed class UnavailableException(string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>How long the store asks to be left alone; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
