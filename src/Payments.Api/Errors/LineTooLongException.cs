namespace Payments.Api.Errors;

/// <summary>A line of an import that exceeds the limit.</summary>
/// <param name="lines">The number of lines that a record of CSV spans.</param>
internal sealed class LineTooLongException(long lines = 1) : Exception(
    lines == 1 ? Problems.LineTooLong.Message : $"{Problems.LineTooLong.Message} It spans {lines} lines; check its quotes.");
