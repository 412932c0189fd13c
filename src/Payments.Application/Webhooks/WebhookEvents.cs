using Payments.Application.Events;

namespace Payments.Application.Webhooks;

/// <summary>Renders events once for all endpoints. Near the end of the record, every endpoint asks for the same events at about the same time.</summary>
internal sealed class WebhookEvents(IEventReader events) : IWebhookEvents, IDisposable
{
    private const int PageSize = 256;
    private const int MaxKnownBytes = 4 * 1024 * 1024;
    private const EventKind AllKinds = (EventKind)int.MaxValue;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _reading = new(1);
    private readonly Dictionary<long, WebhookEvent> _known = [];
    private readonly Queue<WebhookEvent> _byAge = new();
    private long _knownBytes;

    public Task WaitAsync(long after, CancellationToken cancellationToken) => events.WaitAsync(after, cancellationToken);

    public void Dispose() => _reading.Dispose();

    public async Task<IReadOnlyList<WebhookEvent>> ReadAsync(long after, int count, CancellationToken cancellationToken)
    {
        if (Known(after, count) is { Count: > 0 } known)
        {
            return known;
        }

        if (count == 1)
        {
            // An old event that is sent again does not push the newest ones out.
            return await ReadPageAsync(after, count, cancellationToken);
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (Known(after, count) is { Count: > 0 } read)
            {
                return read;
            }

            var page = await ReadPageAsync(after, PageSize, cancellationToken);
            Keep(page);
            return page.Count <= count ? page : [.. page.Take(count)];
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task<IReadOnlyList<WebhookEvent>> ReadPageAsync(long after, int count, CancellationToken cancellationToken)
    {
        var page = await events.ListAsync(after, count, AllKinds, cancellationToken);
        return [.. page.Events.Select(stored => new WebhookEvent(
            stored.Position,
            stored.Kind,
            new Instant(stored.At),
            $"evt_{page.Record.Epoch}_{stored.Position}",
            WebhookBody.Write(WireName<EventKind>.Of(stored.Kind), new Instant(stored.At), stored.Data())))];
    }

    private List<WebhookEvent> Known(long after, int count)
    {
        var known = new List<WebhookEvent>();
        lock (_gate)
        {
            while (known.Count < count && _known.TryGetValue(after + known.Count + 1, out var next))
            {
                known.Add(next);
            }
        }

        return known;
    }

    private void Keep(IReadOnlyList<WebhookEvent> page)
    {
        lock (_gate)
        {
            foreach (var read in page.Where(read => _known.TryAdd(read.Position, read)))
            {
                _byAge.Enqueue(read);
                _knownBytes += read.Body.Length;
            }

            while (_knownBytes > MaxKnownBytes)
            {
                var oldest = _byAge.Dequeue();
                _known.Remove(oldest.Position);
                _knownBytes -= oldest.Body.Length;
            }
        }
    }
}
