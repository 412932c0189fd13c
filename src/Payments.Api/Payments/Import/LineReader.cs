using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Api.Json;

namespace Payments.Api.Payments.Import;

/// <summary>A line of NDJSON or a record of CSV, which can span several lines.</summary>
/// <param name="Body">The bytes without the line end. They are valid until the next line is read.</param>
/// <param name="Error">Why the line cannot be used; its body is then empty.</param>
internal readonly record struct Line(long Number, ReadOnlyMemory<byte> Body, Exception? Error);

/// <summary>Reads the lines of a stream of any length. It holds at most one line, and of a line over the limit at most the limit.</summary>
internal sealed class LineReader(PipeReader stream, bool isCsv)
{
    private readonly ArrayBufferWriter<byte> _line = new();
    private bool _isTooLong;
    private long _number;

    // Only for CSV. A record can contain line breaks, so its number is not the number of its first line.
    private Cell _cell;
    private long _firstLine = 1;
    private long _lineBreaks;
    private long _quoteLine;

    private enum Cell { Start, Unquoted, Quoted, Closed }

    public TimeSpan IdleTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <exception cref="BadHttpRequestException">No data came within <see cref="IdleTimeout"/>.</exception>
    /// <exception cref="InvalidBodyException">The stream cannot be decompressed.</exception>
    public async IAsyncEnumerable<Line> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var isCompleted = false; !isCompleted;)
        {
            var read = await ReadPieceAsync(cancellationToken);
            isCompleted = read.IsCompleted;
            try
            {
                foreach (var segment in read.Buffer)
                {
                    var rest = segment;
                    while (FindEnd(rest.Span) is >= 0 and var end)
                    {
                        Append(rest.Span[..end]);
                        yield return Take();
                        rest = rest[(end + 1)..];
                    }

                    Append(rest.Span);
                }
            }
            finally
            {
                // Also if the caller stops early: the server then skips the rest of the body.
                stream.AdvanceTo(read.Buffer.End);
            }
        }

        if (_line.WrittenCount > 0 || _isTooLong)
        {
            yield return Take();
        }
    }

    private async Task<ReadResult> ReadPieceAsync(CancellationToken cancellationToken)
    {
        var reading = stream.ReadAsync(cancellationToken).AsTask();
        try
        {
            // A read from a console cannot be canceled, so it is abandoned.
            return await reading.WaitAsync(IdleTimeout, cancellationToken);
        }
        catch (TimeoutException)
        {
            stream.CancelPendingRead();
            stream.AdvanceTo((await reading).Buffer.End);
            throw new BadHttpRequestException("No data came within the idle timeout.", StatusCodes.Status408RequestTimeout);
        }
        catch (InvalidDataException)
        {
            throw new InvalidBodyException("The body is not gzip, or it is damaged or truncated.");
        }
    }

    private void Append(ReadOnlySpan<byte> piece)
    {
        _isTooLong |= _line.WrittenCount + piece.Length > Limits.ExportedPaymentBytes;
        if (!_isTooLong)
        {
            _line.Write(piece);
        }
    }

    private Line Take()
    {
        var lines = _lineBreaks + (_line.WrittenSpan.EndsWith("\n"u8) ? 0 : 1);
        Exception? error = _cell == Cell.Quoted
            ? new InvalidBodyException($"The quote that opens on line {_quoteLine} of the file is never closed.{(lines > 1 ? $" The record spans {lines} lines." : "")}")
            : _isTooLong ? new LineTooLongException(lines) : null;
        var body = error is null ? _line.WrittenMemory : default;
        body = _number == 0 && body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body;
        body = body.Span.EndsWith("\r"u8) ? body[..^1] : body;
        _firstLine += _lineBreaks + 1;
        // This keeps the bytes in place until the next ones are written.
        _line.ResetWrittenCount();
        (_isTooLong, _cell, _lineBreaks) = (false, Cell.Start, 0);
        return new(++_number, body, error);
    }

    // A quote counts only at the start of a cell (RFC 4180), so that a stray one damages its own record and not the following ones.
    private int FindEnd(ReadOnlySpan<byte> bytes)
    {
        if (!isCsv)
        {
            return bytes.IndexOf((byte)'\n');
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            switch (bytes[i])
            {
                case (byte)'\n' when _cell != Cell.Quoted:
                    return i;
                case (byte)'\n':
                    _lineBreaks++;
                    break;
                case (byte)'"' when _cell == Cell.Start:
                    (_cell, _quoteLine) = (Cell.Quoted, _firstLine + _lineBreaks);
                    break;
                case (byte)'"' when _cell != Cell.Unquoted:
                    _cell = _cell == Cell.Quoted ? Cell.Closed : Cell.Quoted;
                    break;
                // The name of a column never contains the bytes of a byte order mark.
                case var other when _cell != Cell.Quoted && !(_number == 0 && Encoding.UTF8.Preamble.Contains(other)):
                    _cell = other == ',' ? Cell.Start : Cell.Unquoted;
                    break;
            }
        }

        return -1;
    }
}
