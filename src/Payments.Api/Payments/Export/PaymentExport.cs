namespace Payments.Api.Payments.Export;

/// <summary>Writes payments as NDJSON or CSV that can be imported again.</summary>
public sealed class PaymentExport(IMapper mapper, IOptions<JsonOptions> json)
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>Writes payments in chunks. It holds at most one chunk and one payment.</summary>
    /// <exception cref="TimeoutException">The destination did not accept a chunk within the idle timeout.</exception>
    internal async Task WriteAsync(
        IAsyncEnumerable<StoredPayment> payments, bool isCsv, Stream destination, TimeSpan idleTimeout, CancellationToken cancellationToken)
    {
        var options = json.Value.JsonSerializerOptions;
        using var chunk = new MemoryStream();
        using var line = new Utf8JsonWriter(chunk, new JsonWriterOptions { Encoder = options.Encoder });
        using var text = new StreamWriter(chunk, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        using var csv = isCsv ? PaymentCsv.CreateWriter(text) : null;
        await foreach (var payment in payments.WithCancellation(cancellationToken))
        {
            var exported = mapper.Map<ExportedPayment>(payment);
            if (csv is not null)
            {
                PaymentCsv.Write(csv, exported, options);
                csv.Flush();
            }
            else
            {
                var start = (int)chunk.Position;
                JsonSerializer.Serialize(line, exported, options);
                line.Flush();
                line.Reset();
                // A raw keeps its line breaks, which would end the line. Between the members of an object they have no meaning.
                var written = chunk.GetBuffer().AsSpan(start, (int)chunk.Position - start);
                written.Replace((byte)'\n', (byte)' ');
                written.Replace((byte)'\r', (byte)' ');
                chunk.WriteByte((byte)'\n');
            }

            if (chunk.Length >= ChunkBytes)
            {
                await SendAsync();
            }
        }

        csv?.Flush();
        await SendAsync();

        async Task SendAsync()
        {
            await destination.WriteAsync(chunk.GetBuffer().AsMemory(0, (int)chunk.Length), cancellationToken).AsTask().WaitAsync(idleTimeout, cancellationToken);
            chunk.SetLength(0);
        }
    }
}
