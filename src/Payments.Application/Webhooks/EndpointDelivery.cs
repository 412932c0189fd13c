using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Payments.Application.Webhooks;

/// <summary>Delivers events to one endpoint: first attempts in the order of positions, and retries when they are due.</summary>
/// <remarks>
/// A successful first attempt stores nothing. The position is saved at intervals, so a killed owner repeats only what it sent since then.
/// Only the loop changes the fields. The attempts run concurrently and report to it.
/// </remarks>
internal sealed partial class EndpointDelivery : IDisposable
{
    /// <summary>How many attempts of an endpoint run at the same time. With a response time of 60 ms this allows 1,000 events a second.</summary>
    private const int MaxAttempts = 64;

    /// <summary>How many run at first and after a failure. Each success allows one more, so a dead endpoint keeps few connections open.</summary>
    private const int FirstAttempts = 8;

    /// <summary>How many of them can be retries, so that retries do not delay first attempts.</summary>
    private const int MaxRetries = 16;

    /// <summary>The position is saved after so many deliveries, or after <see cref="SaveInterval"/>. A killed owner repeats what it sent since.</summary>
    private const int SaveCount = 128;

    /// <summary>How many events can be sent beyond the saved position while an attempt before them still waits for its response.</summary>
    private const int MaxUnsaved = 1024;

    /// <summary>After so many failures in a row the endpoint gets one attempt at a time, with pauses. A receiver that is down is not flooded, and few deliveries fail.</summary>
    private const int FailuresBeforePauses = 10;

    private const int PageSize = 256;
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);
    // An endpoint that skips all events saves seldom: looking at them again costs little.
    private static readonly TimeSpan SkippedSaveInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxRequestedPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan UnavailableDelay = TimeSpan.FromSeconds(1);
    // The rest of the ownership, in which no attempt starts: another instance would make it again.
    private static readonly TimeSpan OwnershipReserve = TimeSpan.FromSeconds(5);
    // The host's own limit is five seconds.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(3);

    private readonly string _instance;
    private readonly IWebhookDeliveries _deliveries;
    private readonly IWebhookRepository _endpoints;
    private readonly IWebhookEvents _events;
    private readonly IWebhookSender _sender;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;

    private readonly Channel<Flight?> _messages = Channel.CreateUnbounded<Flight?>(new() { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Queue<Flight> _firstAttempts = new();
    private readonly Dictionary<long, Flight> _retries = [];
    private readonly Queue<WebhookEvent> _page = new();
    private volatile WebhookTarget _target;
    private volatile bool _isReleased;
    private int _firstFlying;
    private Task _task = Task.CompletedTask;

    private long _looked; // every event up to here has its first attempt or was skipped
    private long _saved;
    private int _unsaved; // attempts up to the present position that the saved position does not include
    private DateTimeOffset _savedAt;
    private Instant? _failingSince;
    private bool _isFailingUnsaved;
    private int _failures; // in a row
    private int _limit = FirstAttempts;
    private DateTimeOffset _pausedUntil;
    private DateTimeOffset _requestedPauseUntil; // by Retry-After
    private DateTimeOffset? _nextRetryAt;
    private bool _isRetryNext;
    private Instant? _heldBackSince; // the event that holds the next ones of an ordered endpoint back
    private long _oldestWaiting; // ticks in UTC; 0 if no event waits

    public EndpointDelivery(
        WebhookTarget target, string instance, IWebhookDeliveries deliveries, IWebhookRepository endpoints, IWebhookEvents events, IWebhookSender sender,
        TimeProvider clock, ILogger logger)
    {
        (_target, _instance, _deliveries, _endpoints, _events, _sender, _clock, _logger) = (target, instance, deliveries, endpoints, events, sender, clock, logger);
        Id = target.Endpoint.Id;
        _looked = _saved = target.Position;
        _failingSince = target.FailingSince;
        _nextRetryAt = target.NextAttemptAt?.Utc;
        _savedAt = clock.GetUtcNow();
    }

    public WebhookId Id { get; }

    public bool HasEnded => _task.IsCompleted;

    /// <summary>The age of the oldest event whose first attempt has not ended; zero if there is none.</summary>
    public TimeSpan Lag => Interlocked.Read(ref _oldestWaiting) is > 0 and var ticks
        ? _clock.GetUtcNow() - new DateTimeOffset(ticks, TimeSpan.Zero) is var lag && lag > TimeSpan.Zero ? lag : TimeSpan.Zero
        : TimeSpan.Zero;

    private bool IsOrdered => _target.Endpoint.Settings.IsOrdered;

    private bool IsFailing => _failures >= FailuresBeforePauses;

    private DateTimeOffset StartsUntil => new DateTimeOffset(_target.OwnedUntil!.Value.Utc, TimeSpan.Zero) - OwnershipReserve;

    private int Flying => _firstFlying + _retries.Count;

    public void Start() => _task = RunAsync();

    /// <summary>Tells the loop the current settings, the current end of the ownership, and deliveries that callers planned.</summary>
    public void Update(WebhookTarget target)
    {
        _target = target;
        _messages.Writer.TryWrite(null);
    }

    /// <summary>Starts no more attempts, waits a moment for those that run, and saves the position.</summary>
    public Task StopAsync(bool release)
    {
        _isReleased = release;
        _stop.Cancel();
        return _task;
    }

    public void Dispose()
    {
        _stop.Dispose();
        _abort.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        WebhookMetrics.Started(this);
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    await StepAsync();
                }
                catch (UnavailableException e)
                {
                    LogUnavailable(_logger, Id, e.Message);
                    await Task.Delay(UnavailableDelay, _clock, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // It was asked to stop.
        }
        catch (Exception e)
        {
            // The worker starts it again from the saved position.
            LogFault(_logger, e, Id);
        }
        finally
        {
            await EndAsync();
            WebhookMetrics.Ended(this);
        }
    }

    private async Task StepAsync()
    {
        while (_messages.Reader.TryRead(out var message))
        {
            if (message is { } ended)
            {
                await EndedAsync(ended);
            }
            else if (_target.NextAttemptAt is { } planned && (_nextRetryAt is not { } next || planned.Utc < next.UtcDateTime))
            {
                _nextRetryAt = planned.Utc;
            }
        }

        var now = _clock.GetUtcNow();
        if (now >= _pausedUntil && now < StartsUntil)
        {
            await (IsOrdered ? StartNextAsync(now) : StartManyAsync(now));
        }

        await SaveIfDueAsync();
        UpdateLag();
        await WaitAsync();
    }

    private async Task StartManyAsync(DateTimeOffset now)
    {
        if (!IsFailing)
        {
            await StartRetriesAsync(now, Math.Min(MaxRetries, _limit / 2));
            await StartFirstAttemptsAsync(_limit);
        }
        else if (Flying == 0)
        {
            // In turns, so that neither an event that always fails nor a long queue keeps the endpoint from recovering.
            _isRetryNext = !_isRetryNext;
            if (_isRetryNext)
            {
                await StartRetriesAsync(now, 1);
            }

            if (Flying == 0)
            {
                await StartFirstAttemptsAsync(1);
            }

            if (Flying == 0)
            {
                await StartRetriesAsync(now, 1);
            }
        }
    }

    /// <summary>For an ordered endpoint: the earliest delivery that failed holds all later events back.</summary>
    private async Task StartNextAsync(DateTimeOffset now)
    {
        if (Flying > 0)
        {
            return;
        }

        if (_nextRetryAt is not null)
        {
            var first = await _deliveries.FindFirstPendingAsync(Id, _stop.Token);
            _nextRetryAt = first?.NextAttemptAt?.Utc;
            if (first is not null && _nextRetryAt > now)
            {
                _heldBackSince ??= first.UpdatedAt;
                return;
            }

            if (first is not null)
            {
                await StartRetryAsync(first);
                return;
            }
        }

        await StartFirstAttemptsAsync(1);
    }

    private async Task StartRetriesAsync(DateTimeOffset now, int max)
    {
        if (_nextRetryAt > now || _nextRetryAt is null || _retries.Count >= max)
        {
            return;
        }

        var wanted = max;
        var due = await _deliveries.ListDueAsync(Id, new Instant(now), wanted, _stop.Token);
        if (due.Count < wanted)
        {
            // The rest is planned for later; the worker's next look at the endpoint finds out when.
            _nextRetryAt = null;
        }

        foreach (var delivery in due.Where(delivery => !_retries.ContainsKey(delivery.Position)).Take(max - _retries.Count))
        {
            await StartRetryAsync(delivery);
        }
    }

    private async Task StartRetryAsync(WebhookDelivery delivery)
    {
        if (await _events.ReadAsync(delivery.Position - 1, 1, _stop.Token) is not [var found, ..])
        {
            throw new InvalidOperationException($"There is no event at position {delivery.Position}.");
        }

        var flight = new Flight(found, delivery);
        _retries.Add(found.Position, flight);
        _ = AttemptAsync(flight);
    }

    private async Task StartFirstAttemptsAsync(int max)
    {
        var settings = _target.Endpoint.Settings;
        var hasRead = false;
        while (Flying < max && _unsaved + _firstAttempts.Count < MaxUnsaved)
        {
            if (_page.Count == 0)
            {
                if (hasRead)
                {
                    return; // the loop looks at ended attempts and changed settings before the next page
                }

                hasRead = true;
                foreach (var read in await _events.ReadAsync(_looked, PageSize, _stop.Token))
                {
                    _page.Enqueue(read);
                }
            }

            if (!_page.TryDequeue(out var next))
            {
                return;
            }

            _looked = next.Position;
            if (settings.Includes(next.Kind))
            {
                var flight = new Flight(next, null);
                _firstAttempts.Enqueue(flight);
                _firstFlying++;
                _ = AttemptAsync(flight);
            }
        }
    }

    /// <summary>Makes an attempt and stores its result if it failed or is a retry. It never throws: the loop gets the flight back with its result.</summary>
    private async Task AttemptAsync(Flight flight)
    {
        try
        {
            var endpoint = _target.Endpoint;
            var secrets = endpoint.Secrets.At(new Instant(_clock.GetUtcNow()));
            var attempt = await _sender.SendAsync(new(endpoint.Settings.Url, flight.Event.Id, flight.Event.Body, secrets), _abort.Token);
            WebhookMetrics.Count(Id, attempt);
            if (flight.Recorded is not null || !attempt.IsSuccess)
            {
                flight.Result = flight.Recorded is null
                    ? WebhookDelivery.FirstFailed(flight.Event.Position, attempt, endpoint.Settings.IsOrdered, Random.Shared.NextDouble())
                    : flight.Recorded.After(attempt, endpoint.Settings.IsOrdered, Random.Shared.NextDouble());
                if (!await RecordAsync(flight.Result, attempt))
                {
                    return; // another instance owns the endpoint and makes this attempt again
                }
            }

            flight.Attempt = attempt;
        }
        catch (OperationCanceledException) when (_abort.IsCancellationRequested)
        {
            // The position stays before this event, or its retry stays due, so the next owner sends it.
        }
        catch (Exception e)
        {
            LogFault(_logger, e, Id);
        }
        finally
        {
            _messages.Writer.TryWrite(flight);
        }
    }

    private async Task<bool> RecordAsync(WebhookDelivery delivery, WebhookAttempt attempt)
    {
        while (true)
        {
            try
            {
                return await _deliveries.RecordAsync(Id, _instance, delivery, attempt, _abort.Token);
            }
            catch (UnavailableException e)
            {
                LogUnavailable(_logger, Id, e.Message);
                await Task.Delay(UnavailableDelay, _clock, _abort.Token);
            }
        }
    }

    private async Task EndedAsync(Flight flight)
    {
        flight.HasEnded = true;
        if (flight.Recorded is null)
        {
            _firstFlying--;
        }
        else
        {
            _retries.Remove(flight.Event.Position);
        }

        if (flight.Attempt is not { } attempt)
        {
            // Its position must not be passed, so the loop ends and the worker starts again from the saved position.
            _stop.Cancel();
            return;
        }

        while (_firstAttempts.TryPeek(out var first) && first is { HasEnded: true, Attempt: not null })
        {
            _firstAttempts.Dequeue();
            _unsaved++;
        }

        _heldBackSince = IsOrdered && flight.Result is { NextAttemptAt: not null } ? flight.Event.At : null;
        if (flight.Result?.NextAttemptAt is { } planned && (_nextRetryAt is not { } next || planned.Utc < next.UtcDateTime))
        {
            _nextRetryAt = planned.Utc;
        }

        if (attempt.IsSuccess)
        {
            if (IsFailing)
            {
                LogRecovered(_logger, Id);
            }

            _failures = 0;
            _limit = Math.Min(_limit + 1, MaxAttempts);
            _pausedUntil = _requestedPauseUntil;
            _isFailingUnsaved |= _failingSince is not null;
            _failingSince = null;
            return;
        }

        var now = _clock.GetUtcNow();
        _failures++;
        _limit = FirstAttempts;
        _isFailingUnsaved |= _failingSince is null;
        _failingSince ??= attempt.At;
        if (_failures == FailuresBeforePauses)
        {
            LogFailing(_logger, Id, _failures, attempt.Error ?? $"status {attempt.Status}");
        }

        if (IsFailing)
        {
            Pause(now, TimeSpan.FromSeconds(Math.Pow(2, Math.Min(_failures - FailuresBeforePauses, 10))), MaxPause);
        }

        if (attempt is { Status: 429 or 503, RetryAfter: { } requested })
        {
            Pause(now, requested, MaxRequestedPause);
            _requestedPauseUntil = _pausedUntil;
        }

        var isExhausted = RetrySchedule.IsExhausted(_failingSince.Value, new Instant(now));
        if (attempt.IsGone || isExhausted)
        {
            await DisableAsync(attempt.IsGone ? DisabledReason.Gone : DisabledReason.Failing);
        }
    }

    private void Pause(DateTimeOffset now, TimeSpan pause, TimeSpan max)
    {
        var until = now + (pause < max ? pause : max);
        _pausedUntil = until > _pausedUntil ? until : _pausedUntil;
    }

    private async Task DisableAsync(DisabledReason reason)
    {
        try
        {
            await _endpoints.ChangeAsync(Id, endpoint => endpoint.Disable(reason), _abort.Token);
            LogDisabled(_logger, Id, WireName<DisabledReason>.Of(reason));
        }
        catch (NotFoundException)
        {
            // It was deleted during the delivery.
        }

        _stop.Cancel();
    }

    /// <summary>Every event up to here has ended: it is delivered, recorded or skipped.</summary>
    private long Ended => _firstAttempts.TryPeek(out var first) ? first.Event.Position - 1 : _looked;

    private DateTimeOffset? SaveAt => Ended > _saved ? _savedAt + (_unsaved > 0 ? SaveInterval : SkippedSaveInterval) : null;

    private async Task SaveIfDueAsync()
    {
        if (_isFailingUnsaved || _unsaved >= SaveCount || SaveAt <= _clock.GetUtcNow())
        {
            await SaveAsync(_stop.Token);
        }
    }

    private async Task SaveAsync(CancellationToken stop)
    {
        var position = Ended;
        if (!await _deliveries.SaveAsync(Id, _instance, position, _failingSince, stop))
        {
            _stop.Cancel(); // another instance owns the endpoint
            return;
        }

        (_saved, _unsaved, _savedAt, _isFailingUnsaved) = (position, 0, _clock.GetUtcNow(), false);
    }

    private void UpdateLag()
    {
        var oldest = _heldBackSince is { } held ? held : _firstAttempts.TryPeek(out var first) ? first.Event.At : _page.TryPeek(out var next) ? next.At : (Instant?)null;
        Interlocked.Exchange(ref _oldestWaiting, oldest?.Utc.Ticks ?? 0);
    }

    private async Task WaitAsync()
    {
        var now = _clock.GetUtcNow();
        var isPaused = now < _pausedUntil || now >= StartsUntil;
        var isFull = IsOrdered || IsFailing ? Flying > 0 : Flying >= _limit;
        var isHeldBack = IsOrdered && _nextRetryAt is not null;
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var reasons = new List<Task>(3) { WaitForMessageAsync(wake.Token) };
        if (!isPaused && !isFull && !isHeldBack && _unsaved + _firstAttempts.Count < MaxUnsaved)
        {
            reasons.Add(_page.Count > 0 ? Task.CompletedTask : _events.WaitAsync(_looked, wake.Token));
        }

        var at = DateTimeOffset.MaxValue;
        Consider(now < _pausedUntil ? _pausedUntil : null);
        Consider(isPaused || isFull || _retries.Count >= Math.Min(MaxRetries, _limit / 2) ? null : _nextRetryAt);
        Consider(SaveAt);
        if (at < DateTimeOffset.MaxValue)
        {
            reasons.Add(Task.Delay(at > now ? at - now : TimeSpan.Zero, _clock, wake.Token));
        }

        var first = await Task.WhenAny(reasons);
        wake.Cancel();
        await first;

        void Consider(DateTimeOffset? time) => at = time < at ? time.Value : at;
    }

    // Not AsTask, because its continuations leave the synchronization context on which the tests run this loop.
    private async Task WaitForMessageAsync(CancellationToken cancellationToken) => await _messages.Reader.WaitToReadAsync(cancellationToken);

    private async Task EndAsync()
    {
        try
        {
            var end = Task.Delay(StopTimeout, _clock);
            while (Flying > 0 && !end.IsCompleted)
            {
                await Task.WhenAny(end, WaitForMessageAsync(default));
                await ReadEndedAsync();
            }

            await _abort.CancelAsync();
            while (Flying > 0)
            {
                await WaitForMessageAsync(default);
                await ReadEndedAsync();
            }

            await _deliveries.SaveAsync(Id, _instance, Ended, _failingSince, CancellationToken.None);
            if (_isReleased)
            {
                await _deliveries.ReleaseAsync(Id, _instance, CancellationToken.None);
            }
        }
        catch (Exception e)
        {
            // The next owner starts from the saved position.
            LogFault(_logger, e, Id);
        }
    }

    private async Task ReadEndedAsync()
    {
        while (_messages.Reader.TryRead(out var message))
        {
            if (message is { } ended)
            {
                await EndedAsync(ended);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Webhook {Webhook}: the database is unavailable, so deliveries wait: {Fault}")]
    private static partial void LogUnavailable(ILogger logger, WebhookId webhook, string fault);

    [LoggerMessage(2, LogLevel.Error, "Webhook {Webhook}: deliveries were interrupted and start again from the saved position")]
    private static partial void LogFault(ILogger logger, Exception exception, WebhookId webhook);

    [LoggerMessage(3, LogLevel.Warning, "Webhook {Webhook} is disabled: {Reason}")]
    private static partial void LogDisabled(ILogger logger, WebhookId webhook, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Webhook {Webhook}: the last {Count} attempts failed, so it gets one at a time until one succeeds: {Reason}")]
    private static partial void LogFailing(ILogger logger, WebhookId webhook, int count, string reason);

    [LoggerMessage(5, LogLevel.Information, "Webhook {Webhook}: an attempt succeeded again")]
    private static partial void LogRecovered(ILogger logger, WebhookId webhook);

    /// <summary>An attempt that runs.</summary>
    /// <param name="Event">The event.</param>
    /// <param name="Recorded">The recorded delivery; null for a first attempt.</param>
    private sealed record Flight(WebhookEvent Event, WebhookDelivery? Recorded)
    {
        public WebhookAttempt? Attempt { get; set; }
        public WebhookDelivery? Result { get; set; }
        public bool HasEnded { get; set; }
    }
}
