namespace Payments.Api.Errors;

/// <summary>An id in the path that does not decode.</summary>
internal sealed class InvalidIdException(string message) : Exception(message);
