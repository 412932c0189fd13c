using Payments.Application.Webhooks;
using Payments.Domain;
using Payments.Domain.Events;
using Payments.Domain.Payments;
using Payments.Domain.Webhooks;

namespace Payments.Application.Tests.Webhooks;

/// <summary>Endpoints, deliveries and events in memory, by the rules of the database.</summary>
internal sealed class InMemoryWebhooks : IWebhookRepository, IWebhookDeliveries, IWebhookEvents
{
    private readonly Lock _gate = new();
    private readonly Dictionary<WebhookId, Row> _rows = [];
    private readonly List<WebhookEvent> _events = [];
    private TaskCompletionSource _newEvent = new();

    /// <summary>Whether every call fails.</summary>
    public bool IsUnavailable { get; set; }

    /// <summary>How many deliveries, attempts and positions were written.</summary>
    public int Records { get; private set; }
    public int Saves { get; private set; }

    public long Head
    {
        get
        {
            lock (_gate)
            {
                return _events.Count;
            }
        }
    }

    public void AddEvent(DateTimeOffset at, EventKind kind = EventKind.PaymentCreated)
    {
        lock (_gate)
        {
            var position = _events.Count + 1;
            _events.Add(new(position, kind, new Instant(at), $"evt_1_{position}", new byte[] { 1 }));
            var waiting = _newEvent;
            _newEvent = new();
            waiting.SetResult();
        }
    }

    public WebhookEndpoint Endpoint(WebhookId id) => Read(id, row => row.Endpoint);

    public WebhookId IdOf(WebhookUrl url)
    {
        lock (_gate)
        {
            return _rows.Single(row => row.Value.Endpoint.Settings.Url == url).Key;
        }
    }

    public long Position(WebhookId id) => Read(id, row => row.Position);

    public string? Owner(WebhookId id) => Read(id, row => row.Owner);

    public IReadOnlyList<WebhookDelivery> Deliveries(WebhookId id) => Read(id, row => (IReadOnlyList<WebhookDelivery>)[.. row.Deliveries.Values.OrderBy(delivery => delivery.Position)]);

    public Task<bool> AddAsync(WebhookEndpoint endpoint, CancellationToken cancellationToken) => Do(() =>
    {
        _rows.Add(endpoint.Id, new(endpoint) { Position = _events.Count });
        return true;
    });

    public Task<WebhookEndpoint?> FindAsync(WebhookId id, CancellationToken cancellationToken) => Do(() => _rows.GetValueOrDefault(id)?.Endpoint);

    public Task<Page<WebhookEndpoint>> ListAsync(PageRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<WebhookEndpoint> ChangeAsync(WebhookId id, Func<WebhookEndpoint, WebhookEndpoint?> change, CancellationToken cancellationToken) => Do(() =>
    {
        var row = _rows.GetValueOrDefault(id) ?? throw new NotFoundException("");
        if (change(row.Endpoint) is { } changed)
        {
            row.Endpoint = changed with { Revision = row.Endpoint.Revision + 1 };
        }

        return row.Endpoint;
    });

    public Task DeleteAsync(WebhookId id, CancellationToken cancellationToken) => Do(() => _rows.Remove(id) ? true : throw new NotFoundException(""));

    public Task<IReadOnlyList<WebhookTarget>> ListTargetsAsync(CancellationToken cancellationToken) => Do(() => (IReadOnlyList<WebhookTarget>)
        [.. _rows.Values.Where(row => row.Endpoint.State == WebhookState.Enabled).Select(row => new WebhookTarget(
            row.Endpoint, row.Position, row.Owner, row.OwnedUntil, row.FailingSince, row.Pending.Min(delivery => delivery.NextAttemptAt?.Utc) is { } next ? Instant.OfUtc(next) : null))]);

    public Task<IReadOnlyDictionary<WebhookId, WebhookProgress>> ListProgressAsync(WebhookId? id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ClaimAsync(string owner, Instant now, Instant until, CancellationToken cancellationToken) => Do(() =>
    {
        foreach (var row in _rows.Values.Where(row => row.Endpoint.State == WebhookState.Enabled && (row.Owner == owner || row.OwnedUntil is null || row.OwnedUntil.Value.Utc <= now.Utc)))
        {
            (row.Owner, row.OwnedUntil) = (owner, until);
        }

        return true;
    });

    public Task ReleaseAsync(WebhookId id, string owner, CancellationToken cancellationToken) => IfOwner(id, owner, row => (row.Owner, row.OwnedUntil) = (null, null));

    public Task<bool> SaveAsync(WebhookId id, string owner, long position, Instant? failingSince, CancellationToken cancellationToken) => IfOwner(id, owner, row =>
    {
        Saves++;
        (row.Position, row.FailingSince) = (position, failingSince);
    });

    public Task<bool> RecordAsync(WebhookId id, string owner, WebhookDelivery delivery, WebhookAttempt attempt, CancellationToken cancellationToken) => IfOwner(id, owner, row =>
    {
        Records++;
        var attempts = row.Deliveries.GetValueOrDefault(delivery.Position)?.Attempts ?? [];
        row.Deliveries[delivery.Position] = delivery with { Attempts = [.. attempts, attempt] };
    });

    public Task<IReadOnlyList<WebhookDelivery>> ListDueAsync(WebhookId id, Instant now, int count, CancellationToken cancellationToken) => Do(() =>
        (IReadOnlyList<WebhookDelivery>)[.. _rows[id].Pending.Where(delivery => delivery.NextAttemptAt!.Value.Utc <= now.Utc).OrderBy(delivery => delivery.NextAttemptAt!.Value.Utc).Take(count)]);

    public Task<WebhookDelivery?> FindFirstPendingAsync(WebhookId id, CancellationToken cancellationToken) => Do(() => _rows[id].Pending.MinBy(delivery => delivery.Position));

    public Task<Page<WebhookDelivery>> ListAsync(WebhookId id, DeliveryState? state, PageRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<PaymentDelivery>> ListAsync(PaymentId payment, int count, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ResendAsync(WebhookId id, long position, Instant now, CancellationToken cancellationToken) => Do(() =>
    {
        var delivery = _rows[id].Deliveries.GetValueOrDefault(position) ?? new WebhookDelivery(position, DeliveryState.Pending, 0, 0, now, now);
        _rows[id].Deliveries[position] = delivery with { State = DeliveryState.Pending, FailureCount = 0, NextAttemptAt = now };
        return true;
    });

    public Task<int> RecoverAsync(WebhookId id, Instant since, Instant now, CancellationToken cancellationToken) => Do(() =>
    {
        var found = _rows[id].Deliveries.Values.Where(delivery => delivery.State != DeliveryState.Delivered && delivery.UpdatedAt.Utc >= since.Utc).ToList();
        found.ForEach(delivery => _rows[id].Deliveries[delivery.Position] = delivery with { State = DeliveryState.Pending, FailureCount = 0, NextAttemptAt = now });
        return found.Count;
    });

    public Task DeleteOldAsync(Instant now, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<WebhookEvent>> ReadAsync(long after, int count, CancellationToken cancellationToken) =>
        Do(() => (IReadOnlyList<WebhookEvent>)[.. _events.Skip((int)after).Take(count)]);

    public Task WaitAsync(long after, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _events.Count > after ? Task.CompletedTask : _newEvent.Task.WaitAsync(cancellationToken);
        }
    }

    private T Read<T>(WebhookId id, Func<Row, T> read)
    {
        lock (_gate)
        {
            return read(_rows[id]);
        }
    }

    private Task<bool> IfOwner(WebhookId id, string owner, Action<Row> write) => Do(() =>
    {
        if (_rows.GetValueOrDefault(id) is not { } row || row.Owner != owner)
        {
            return false;
        }

        write(row);
        return true;
    });

    private async Task<T> Do<T>(Func<T> action)
    {
        await Task.Yield();
        lock (_gate)
        {
            return IsUnavailable ? throw new UnavailableException("off") : action();
        }
    }

    private sealed class Row(WebhookEndpoint endpoint)
    {
        public WebhookEndpoint Endpoint { get; set; } = endpoint;
        public long Position { get; set; }
        public string? Owner { get; set; }
        public Instant? OwnedUntil { get; set; }
        public Instant? FailingSince { get; set; }
        public Dictionary<long, WebhookDelivery> Deliveries { get; } = [];
        public IEnumerable<WebhookDelivery> Pending => Deliveries.Values.Where(delivery => delivery.State == DeliveryState.Pending);
    }
}
