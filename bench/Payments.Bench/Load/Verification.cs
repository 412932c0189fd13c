namespace Payments.Bench.Load;

/// <summary>What the command <c>verify</c> needed.</summary>
/// <param name="Time">How long it took.</param>
/// <param name="Processor">Its processor time, without the last 200 ms.</param>
/// <param name="PeakBytes">The maximum of its resident memory.</param>
internal sealed record Verification(TimeSpan Time, TimeSpan Processor, long PeakBytes);
