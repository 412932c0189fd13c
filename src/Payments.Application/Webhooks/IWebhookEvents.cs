using System.Buffers;
using System.Text.Json;

namespace Payments.Application.Webhooks;

/// <summary>The event record, as webhooks deliver it.</summary>
public interface IWebhookEvents
{
    /// <summary>Returns events after a position, in the order of their positions and without gaps; empty if there are none yet.</summary>
    /// <exception cref="UnavailableException">The database did not respond.</exception>
    Task<IReadOnlyList<WebhookEvent>> ReadAsync(long after, int count, CancellationToken cancellationToken);

    /// <summary>Completes when there may be an event after the position.</summary>
    Task WaitAsync(long after, CancellationToken cancellationToken);
}

/// <summary>An event, as every endpoint gets it.</summary>
/// <param name="Position">The position.</param>
/// <param name="Kind">The kind.</param>
/// <param name="At">When the change was recorded.</param>
/// <param name="Id">The id of the delivery: <c>evt_</c>, the epoch, <c>_</c> and the position.</param>
/// <param name="Body">The JSON body.</param>
public sealed record WebhookEvent(long Position, EventKind Kind, Instant At, string Id, ReadOnlyMemory<byte> Body);

/// <summary>The body of a delivery.</summary>
public static class WebhookBody
{
    /// <summary>Writes <c>{type, timestamp, data}</c>. The data is copied byte for byte.</summary>
    public static byte[] Write(string type, Instant timestamp, ReadOnlySpan<byte> data)
    {
        var body = new ArrayBufferWriter<byte>(data.Length + 128);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, type);
            json.WriteString("timestamp"u8, timestamp.ToString());
            json.WritePropertyName("data"u8);
            json.WriteRawValue(data, skipInputValidation: true);
            json.WriteEndObject();
        }

        return body.WrittenSpan.ToArray();
    }
}
