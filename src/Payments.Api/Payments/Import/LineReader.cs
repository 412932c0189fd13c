using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using Payments.Api.Hosting;

namespace Payments.Api.Payments.Import;

/// <summary>A line of a stream.</summary>
/// <param name="Number">Its number, from 1; of CSV, the number of its record, whose cells may have line ends of their own.</param>
/// <param name="Body">Its bytes without its end, good until the next line is asked for.</param>
/// <param name="IsTooLong">Whether it was longer than any line may be; it was skipped, and its body is empty.</param>
internal readonly record struct Line(long Number, ReadOnlyMemory<byte> Body, bool IsTooLong);

/// <summary>Reads the lines of a stream of any length. Of a line that is too long never more than the limit is held.</summary>
internal sealed class LineReader(PipeReader stream, bool isCsv)
{
    private readonly ArrayBufferWriter<byte> _line = new();
    private bool _hasBegun;
    private bool _isTooLong;
    private long _number;

    // Of CSV: whether a quote would open a cell here (or go on with one, where it follows its closing one), and whether one is open.
    private bool _mayOpen = true;
    private bool _isOpen;

    /// <summary>How long the stream may keep one waiting for its next piece.</summary>
    public TimeSpan IdleTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How many bytes have been read so far.</summary>
    public long BytesRead { get; private set; }

    /// <exception cref="BadHttpRequestException">Nothing came for as long as that.</exception>
    public async IAsyncEnumerable<Line> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await ReadPieceAsync(cancellationToken);
            try
            {
                foreach (var segment in read.Buffer)
                {
                    for (var rest = segment; rest.Length > 0;)
                    {
                        var end = isCsv ? FindRecordEnd(rest.Span) : rest.Span.IndexOf((byte)'\n');
                        Append(end < 0 ? rest.Span : rest.Span[..end]);
                        if (end < 0)
                        {
                            break;
                        }

                        BytesRead++;
                        yield return Take();
                        rest = rest[(end + 1)..];
                    }
                }
            }
            finally
            {
                // Where no more lines are asked for, too: the server reads past what is left.
                stream.AdvanceTo(read.Buffer.End);
            }

            if (read.IsCompleted)
            {
                break;
            }
        }

        if (_hasBegun)
        {
            yield return Take();
        }
    }

    private async Task<ReadResult> ReadPieceAsync(CancellationToken cancellationToken)
    {
        var reading = stream.ReadAsync(cancellationToken).AsTask();
        try
        {
            // A console goes on waiting for its next line by itself.
            return await reading.WaitAsync(IdleTimeout, cancellationToken);
        }
        catch (TimeoutException)
        {
            stream.CancelPendingRead();
            stream.AdvanceTo((await reading).Buffer.End);
            throw new BadHttpRequestException("The stream stopped.", StatusCodes.Status408RequestTimeout);
        }
    }

    private void Append(ReadOnlySpan<byte> piece)
    {
        BytesRead += piece.Length;
        _hasBegun |= piece.Length > 0;
        _isTooLong |= _line.WrittenCount + piece.Length > Limits.ExportedPaymentBytes;
        if (!_isTooLong)
        {
            _line.Write(piece);
        }
    }

    private Line Take()
    {
        var body = _isTooLong ? default : _line.WrittenMemory;
        if (_number == 0 && body.Span.StartsWith(Encoding.UTF8.Preamble))
        {
            body = body[Encoding.UTF8.Preamble.Length..];
        }

        if (body.Span.EndsWith("\r"u8))
        {
            body = body[..^1];
        }

        var line = new Line(++_number, body, _isTooLong);
        // Its bytes stay where they are until the next ones are written.
        _line.ResetWrittenCount();
        (_hasBegun, _isTooLong, _mayOpen, _isOpen) = (false, false, true, false);
        return line;
    }

    // A quote counts where RFC 4180 has one, so that a stray one spoils its own record and not all that follow.
    private int FindRecordEnd(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            switch (bytes[i])
            {
                case (byte)'"':
                    (_isOpen, _mayOpen) = _isOpen ? (false, true) : (_mayOpen, false);
                    break;
                case (byte)'\n' when !_isOpen:
                    return i;
                case (byte)',':
                    _mayOpen = true;
                    break;
                case 0xEF or 0xBB or 0xBF when _number == 0:
                    // The mark of UTF-8; no column's name has such bytes.
                    break;
                default:
                    _mayOpen = false;
                    break;
            }
        }

        return -1;
    }
}
