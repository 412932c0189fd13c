using System.Runtime.CompilerServices;
using Payments.Domain;

namespace Payments.Api.Errors;

/// <summary>An id in the path that cannot be decoded.</summary>
internal sealed class InvalidIdException(string message) : Exception(message)
{
    /// <summary>Reads the id that a path parameter holds.</summary>
    /// <exception cref="InvalidIdException">The id cannot be decoded.</exception>
    public static TId Read<TId>(string text, [CallerArgumentExpression(nameof(text))] string parameter = "")
        where TId : IValueObject<TId> =>
        TId.TryParse(text, out var id) ? id : throw new InvalidIdException($"{parameter} {TId.Rule}.");
}
