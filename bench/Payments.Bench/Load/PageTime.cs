namespace Payments.Bench.Load;

/// <summary>How long a page of the dashboard takes.</summary>
/// <param name="Path">Its path after <c>/dashboard</c>.</param>
/// <param name="Median">Milliseconds until its last byte, at the median.</param>
/// <param name="P99">The same at the 99th percentile.</param>
/// <param name="Bytes">Its size before compression.</param>
internal sealed record PageTime(string Path, double Median, double P99, int Bytes);
