using Payments.Api.Hosting;

namespace Payments.Api.Errors;

/// <summary>A line that is longer than a line may be.</summary>
internal sealed class LineTooLongException() : Exception(
    $"The line must be at most {Limits.BodyBytes / 1024} KiB, or {Limits.ExportedPaymentBytes / 1024 / 1024} MiB for an exported payment with its adjustments.");
