using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using HdrHistogram;

namespace Payments.Bench.Load;

/// <summary>One import: lines are sent for a limited time while the responses are read.</summary>
internal sealed class Import(Target target, HttpConnection connection)
{
    private const int LinesOfAChunk = 32;

    private readonly ConcurrentQueue<long> _sent = new();

    /// <summary>From sending a line to its response. This includes the lines in progress before it.</summary>
    public LongHistogram Microseconds { get; } = Measurement.Histogram();

    public long Responses { get; private set; }

    public long Failed { get; private set; }

    public async Task RunAsync(TimeSpan time)
    {
        var reading = ReadAsync();
        await connection.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/payments/payments/import {target.Headers}Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"));
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var lines = new byte[LinesOfAChunk * 4096];
        while (Stopwatch.GetTimestamp() < end && !reading.IsCompleted)
        {
            var length = 0;
            for (var line = 0; line < LinesOfAChunk; line++)
            {
                length += target.WriteLine(target.TakeNumber(), lines.AsSpan(length));
                _sent.Enqueue(Stopwatch.GetTimestamp());
            }

            await connection.WriteAsync(Encoding.ASCII.GetBytes(length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
            await connection.WriteAsync(lines.AsMemory(0, length));
            await connection.WriteAsync("\r\n"u8.ToArray());
        }

        await connection.WriteAsync("0\r\n\r\n"u8.ToArray());
        await reading;
    }

    private async Task ReadAsync()
    {
        var isFirst = true;
        var last = 0UL; // bytes of the response, however it is divided
        while (!HttpConnection.IsLastChunk(last))
        {
            var part = await connection.ReadAsync();
            if (part.IsEmpty || (isFirst && HttpConnection.Status(part.Span) != 200))
            {
                throw new IOException($"The import of {target.Name} broke off.");
            }

            isFirst = false;
            Failed += part.Span.Count("errorCode"u8);
            foreach (var one in part.Span)
            {
                last = (last << 8) | one;
                if (HttpConnection.IsEndOfLine(last) && _sent.TryDequeue(out var sent))
                {
                    Responses++;
                    Measurement.Record(Microseconds, sent);
                }
            }
        }
    }
}
