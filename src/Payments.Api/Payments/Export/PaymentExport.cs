using CsvHelper;

namespace Payments.Api.Payments.Export;

/// <summary>Writes payments as NDJSON or CSV that can be imported again, page by page.</summary>
internal sealed class PaymentExport : IDisposable
{
    private const int ChunkBytes = 64 * 1024;

    private readonly IMapper _mapper;
    private readonly JsonSerializerOptions _options;
    private readonly MemoryStream _page = new();
    private readonly Utf8JsonWriter _line;
    private readonly CsvWriter? _csv;
    private readonly Range _header;

    public PaymentExport(IMapper mapper, JsonSerializerOptions options, bool isCsv)
    {
        (_mapper, _options) = (mapper, options);
        _line = new Utf8JsonWriter(_page, new JsonWriterOptions { Encoder = options.Encoder, SkipValidation = true });
        _csv = isCsv ? PaymentCsv.CreateWriter(new StreamWriter(_page, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false))) : null;
        _csv?.Flush();
        _header = ..Length;
    }

    private int Length => (int)_page.Length;

    /// <summary>Writes a payment to the current page and returns its place there.</summary>
    public Range Write(StoredPayment payment)
    {
        var start = Length;
        var exported = _mapper.Map<ExportedPayment>(payment);
        if (_csv is not null)
        {
            PaymentCsv.Write(_csv, exported, _options);
            _csv.Flush();
        }
        else
        {
            JsonSerializer.Serialize(_line, exported, _options);
            _line.Flush();
            _line.Reset();
            // A raw keeps its line breaks, which would end the line. Between the members of an object they have no meaning.
            var written = _page.GetBuffer().AsSpan(start..Length);
            written.Replace((byte)'\n', (byte)' ');
            written.Replace((byte)'\r', (byte)' ');
            _page.WriteByte((byte)'\n');
        }

        return start..Length;
    }

    /// <summary>Sends the pages in chunks, and starts each page with an empty buffer.</summary>
    /// <exception cref="TimeoutException">The destination did not accept a chunk within the idle timeout.</exception>
    public async Task SendAsync(
        IAsyncEnumerable<IReadOnlyList<Range>> pages, Stream destination, TimeSpan idleTimeout, CancellationToken cancellationToken)
    {
        await SendAsync(_header);
        await foreach (var page in pages.WithCancellation(cancellationToken))
        {
            if (page.Count > 0)
            {
                await SendAsync(page[0].Start..page[^1].End);
            }

            _page.SetLength(0);
        }

        async Task SendAsync(Range places)
        {
            var rest = _page.GetBuffer().AsMemory(places);
            do
            {
                var chunk = rest[..Math.Min(rest.Length, ChunkBytes)];
                await destination.WriteAsync(chunk, cancellationToken).AsTask().WaitAsync(idleTimeout, cancellationToken);
                rest = rest[chunk.Length..];
            }
            while (rest.Length > 0);
        }
    }

    public void Dispose()
    {
        _line.Dispose();
        _csv?.Dispose();
        _page.Dispose();
    }
}
