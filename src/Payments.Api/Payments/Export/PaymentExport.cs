using System.Text;
using System.Text.Json;
using AutoMapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Payments.Domain.Payments;

namespace Payments.Api.Payments.Export;

/// <summary>Writes payments as NDJSON or CSV that can be imported again.</summary>
public sealed class PaymentExport(IMapper mapper, IOptions<JsonOptions> json)
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>Writes payments in chunks. It holds at most one chunk and one payment.</summary>
    /// <exception cref="TimeoutException">The destination did not accept a chunk within the idle timeout.</exception>
    internal async Task WriteAsync(
        IAsyncEnumerable<Payment> payments, bool isCsv, Stream destination, TimeSpan idleTimeout, CancellationToken cancellationToken)
    {
        var options = json.Value.JsonSerializerOptions;
        using var line = new MemoryStream();
        using var writer = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = options.Encoder });
        using var chunk = new MemoryStream();
        using var text = new StreamWriter(chunk, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        using var csv = isCsv ? PaymentCsv.CreateWriter(text) : null;
        await foreach (var payment in payments.WithCancellation(cancellationToken))
        {
            JsonSerializer.Serialize(writer, mapper.Map<ExportedPayment>(payment), options);
            writer.Flush();
            writer.Reset();
            var bytes = line.GetBuffer().AsSpan(0, (int)line.Length);
            if (csv is not null)
            {
                PaymentCsv.Write(csv, bytes);
                csv.Flush();
            }
            else
            {
                // A raw keeps its line breaks, which would end the line. Between the members of an object they have no meaning.
                bytes.Replace((byte)'\n', (byte)' ');
                bytes.Replace((byte)'\r', (byte)' ');
                chunk.Write(bytes);
                chunk.WriteByte((byte)'\n');
            }

            line.SetLength(0);
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
