using Payments.Domain;

namespace Payments.Api.Json;

/// <summary>A body that is not JSON of the right shape.</summary>
internal sealed class InvalidBodyException(string message, IReadOnlyList<FieldError> errors) : Exception(message)
{
    public InvalidBodyException(string message)
        : this(message, [])
    {
    }

    /// <summary>The members of the wrong shape; empty if the body as a whole is wrong.</summary>
    public IReadOnlyList<FieldError> Errors { get; } = errors;
}
