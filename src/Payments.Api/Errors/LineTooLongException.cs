using Payments.Api.Hosting;

namespace Payments.Api.Errors;

/// <summary>A line of an import that exceeds the limit.</summary>
/// <param name="lines">The number of lines that a record of CSV spans.</param>
internal sealed class LineTooLongException(long lines = 1) : Exception(
    $"The line must be at most {Limits.BodyBytes / 1024} KiB, or {Limits.ExportedPaymentBytes / 1024 / 1024} MiB for an exported payment with its adjustments.{(lines > 1 ? $" The record spans {lines} lines; check its quotes." : "")}");
