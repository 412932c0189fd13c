namespace Payments.Api.Errors;

/// <summary>A line of an import that exceeds the limit.</summary>
internal sealed class LineTooLongException : Exception;
