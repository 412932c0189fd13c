using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Payments.Application.Webhooks;
using Payments.Domain;
using Payments.Domain.Events;
using Payments.Domain.Payments;
using Payments.Domain.Webhooks;

namespace Payments.Application.Tests.Webhooks;

/// <summary>Deliveries with a clock that the tests control. Comments name complaints about other services that a test rules out.</summary>
public sealed class WebhookWorkerTests
{
    private readonly List<Instance> _instances = [];
    private readonly Loops _loops = new();
    private FakeTimeProvider _clock = null!;
    private InMemoryWebhooks _webhooks = null!;

    [SetUp]
    public void Create() => (_clock, _webhooks) = (new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)), new());

    [TearDown]
    public void Stop()
    {
        foreach (var instance in _instances)
        {
            StopInstance(instance);
            instance.Dispose();
        }

        _instances.Clear();
    }

    [Test]
    public async Task Deliver_HealthyEndpoint_SendsEachEventOnceAndStoresNothingForIt()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        AddEvents(500);
        Until(() => worker.Sent(endpoint).Count == 500 && _webhooks.Position(endpoint) == 500);
        Assert.Multiple(() =>
        {
            Assert.That(worker.Sent(endpoint), Is.EqualTo(Enumerable.Range(1, 500).Select(position => (long)position)), "in the order of positions");
            Assert.That(_webhooks.Records, Is.Zero);
            Assert.That(_webhooks.Saves, Is.LessThan(25), "the position is saved at intervals");
        });
    }

    [Test]
    public async Task Deliver_EndpointCreatedLater_StartsAfterItsCreation()
    {
        AddEvents(3);
        var endpoint = await AddAsync();
        var worker = Start();
        AddEvents(1);
        Until(() => worker.Sent(endpoint).Count > 0);
        Assert.That(worker.Sent(endpoint), Is.EqualTo((long[])[4]));
    }

    [Test]
    public async Task Deliver_Types_SkipsOtherEvents()
    {
        var endpoint = await AddAsync(kinds: EventKind.AccountCreated | EventKind.PaymentAdjusted);
        var worker = Start();
        _webhooks.AddEvent(_clock.GetUtcNow());
        _webhooks.AddEvent(_clock.GetUtcNow(), EventKind.AccountCreated);
        _webhooks.AddEvent(_clock.GetUtcNow());
        _webhooks.AddEvent(_clock.GetUtcNow(), EventKind.PaymentAdjusted);
        Until(() => worker.Sent(endpoint).Count == 2);
        Assert.That(worker.Sent(endpoint), Is.EqualTo((long[])[2, 4]));
    }

    // svix#1511 and #1844: a stopped worker loses deliveries.
    [Test]
    public async Task Deliver_WorkerStopped_NextStartDeliversTheRestWithoutRepeating()
    {
        var endpoint = await AddAsync();
        var first = Start();
        AddEvents(10);
        Until(() => first.Sent(endpoint).Count == 10);
        StopInstance(first);
        AddEvents(5);
        var second = Start();
        Until(() => second.Sent(endpoint).Count == 5);
        Assert.That(second.Sent(endpoint), Is.EqualTo((long[])[11, 12, 13, 14, 15]));
    }

    [Test]
    public async Task Deliver_StoppedDuringAttempts_WaitsForThem()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        var response = new TaskCompletionSource<int>();
        worker.Respond = (_, _) => response.Task;
        AddEvents(1);
        Until(() => worker.Sent(endpoint).Count == 1);
        var stop = worker.StopAsync();
        Run(TimeSpan.FromSeconds(1));
        response.SetResult(200);
        Until(() => stop.IsCompleted);
        Assert.That(_webhooks.Position(endpoint), Is.EqualTo(1));
        Assert.That(_webhooks.Owner(endpoint), Is.Null, "the next instance need not wait");
    }

    [Test]
    public async Task Deliver_StoppedWhileReceiverHangs_GivesUpAndLosesNothing()
    {
        var endpoint = await AddAsync();
        var first = Start();
        first.Respond = (_, stop) => HangAsync(stop);
        AddEvents(2);
        Until(() => first.Sent(endpoint).Count == 2);
        StopInstance(first);
        var second = Start();
        Until(() => second.Sent(endpoint).Count == 2);
        Assert.That(_webhooks.Deliveries(endpoint), Is.Empty, "an attempt that was given up is no failure");
    }

    // convoy PR#1977: after a kill, deliveries stay in a state that nobody works on.
    [Test]
    public async Task Deliver_OwnerKilled_AnotherGoesOnAndRepeatsOnlyWhatWasInFlight()
    {
        var endpoint = await AddAsync();
        var first = Start();
        AddEvents(20);
        Until(() => _webhooks.Position(endpoint) == 20);
        first.Respond = (_, stop) => HangAsync(stop);
        AddEvents(3);
        Until(() => first.Sent(endpoint).Count == 23);
        first.Kill();

        var second = Start();
        AddEvents(2);
        Run(TimeSpan.FromSeconds(15));
        Assert.That(second.Sent(endpoint), Is.Empty, "the first instance may still be alive");
        Until(() => second.Sent(endpoint).Count == 5);
        Assert.That(second.Sent(endpoint), Is.EqualTo((long[])[21, 22, 23, 24, 25]));
    }

    [Test]
    public async Task Deliver_OwnerKilledDuringRetry_AnotherMakesTheRetry()
    {
        var endpoint = await AddAsync();
        var first = Start();
        first.Respond = (_, _) => Task.FromResult(500);
        AddEvents(1);
        Until(() => _webhooks.Deliveries(endpoint).Count == 1);
        first.Respond = (_, stop) => HangAsync(stop);
        Until(() => first.Sent(endpoint).Count == 2);
        first.Kill();
        var second = Start();
        Until(() => _webhooks.Deliveries(endpoint) is [{ State: DeliveryState.Delivered }]);
        Assert.That(second.Sent(endpoint), Is.EqualTo((long[])[1]));
    }

    [Test]
    public async Task Deliver_OwnershipLost_FirstOwnerStopsAndSavesNothing()
    {
        var endpoint = await AddAsync();
        var first = Start();
        AddEvents(1);
        Until(() => _webhooks.Position(endpoint) == 1);
        var hang = new TaskCompletionSource<int>();
        first.Respond = (_, _) => hang.Task;
        AddEvents(1);
        Until(() => first.Sent(endpoint).Count == 2);
        first.IsCutOff = true; // from the database, like an instance that was suspended
        var second = Start();
        Until(() => second.Sent(endpoint).Count == 1);
        first.IsCutOff = false;
        hang.SetResult(500);
        AddEvents(3);
        Until(() => second.Sent(endpoint).Count == 4 && _webhooks.Position(endpoint) == 5);
        Assert.That(first.Sent(endpoint), Has.Count.EqualTo(2));
        Assert.That(_webhooks.Deliveries(endpoint), Is.Empty);
    }

    [Test]
    public async Task Deliver_TwoInstances_EachEventIsSentOnce()
    {
        var ids = new[] { await AddAsync(), await AddAsync() };
        var (first, second) = (Start(), Start());
        for (var i = 0; i < 100; i++)
        {
            AddEvents(1);
            Run(TimeSpan.FromSeconds(1));
        }

        Until(() => ids.All(id => _webhooks.Position(id) == 100));
        Assert.That(ids.Select(id => first.Sent(id).Count + second.Sent(id).Count), Is.All.EqualTo(100));
    }

    // convoy#1926: one dead endpoint clogs the rest.
    [Test]
    public async Task Deliver_FiftyEndpointsNeverRespond_OthersGetTheirEvents()
    {
        var healthy = await AddAsync();
        var dead = new List<WebhookId>();
        for (var i = 0; i < 50; i++)
        {
            dead.Add(await AddAsync());
        }

        var worker = Start();
        worker.Respond = (id, stop) => id == healthy ? Task.FromResult(200) : HangAsync(stop);
        AddEvents(1000);
        Until(() => worker.Sent(healthy).Count == 1000, step: TimeSpan.FromMilliseconds(1));
        Assert.That(dead.Select(id => worker.Sent(id).Count), Is.All.LessThanOrEqualTo(8));
    }

    // svix#1833: attempts are not recorded.
    [Test]
    public async Task Deliver_Failures_RecordsEachAttemptAndFollowsTheSchedule()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        worker.Respond = (_, _) => Task.FromResult(worker.Sent(endpoint).Count < 4 ? 500 : 200);
        AddEvents(1);
        Until(() => _webhooks.Deliveries(endpoint) is [{ State: DeliveryState.Delivered }], TimeSpan.FromSeconds(1));
        var delivery = _webhooks.Deliveries(endpoint).Single();
        Assert.That(delivery.Attempts.Select(attempt => attempt.Status), Is.EqualTo((int?[])[500, 500, 500, 200]));
        var pauses = delivery.Attempts.Zip(delivery.Attempts.Skip(1), (before, after) => (after.At.Utc - before.At.Utc).TotalSeconds).ToList();
        Assert.That(pauses[0], Is.InRange(5, 8));
        Assert.That(pauses[1], Is.InRange(300, 335));
        Assert.That(pauses[2], Is.InRange(1800, 1985));
    }

    [Test]
    public async Task Deliver_AllAttemptsFail_MarksTheDeliveryFailedAndGoesOn()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        worker.RespondToEvent = (_, position) => position == 1 ? 500 : 200;
        AddEvents(1);
        for (var day = 0; day < 4; day++)
        {
            // A success now and then keeps the endpoint from being disabled.
            AddEvents(1);
            Run(TimeSpan.FromDays(1), TimeSpan.FromMinutes(1));
        }

        Assert.That(_webhooks.Deliveries(endpoint).Single(), Has.Property("State").EqualTo(DeliveryState.Failed).And.Property("AttemptCount").EqualTo(10));
        Assert.That(_webhooks.Endpoint(endpoint).State, Is.EqualTo(WebhookState.Enabled));
    }

    [Test]
    public async Task Deliver_OneEventAlwaysFails_LaterEventsDoNotWait()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        worker.RespondToEvent = (_, position) => position == 1 ? 500 : 200;
        AddEvents(50);
        Until(() => worker.Sent(endpoint).Distinct().Count() == 50 && _webhooks.Deliveries(endpoint).Count == 1, TimeSpan.FromMilliseconds(1));
        Assert.That(_webhooks.Deliveries(endpoint).Select(delivery => delivery.Position), Is.EqualTo((long[])[1]));
    }

    [Test]
    public async Task Deliver_Ordered_NextEventWaitsForTheRetries()
    {
        var endpoint = await AddAsync(isOrdered: true);
        var worker = Start();
        worker.RespondToEvent = (attempts, position) => position == 2 && attempts < 4 ? 500 : 200;
        AddEvents(4);
        Until(() => worker.Sent(endpoint).Count == 6, TimeSpan.FromSeconds(1));
        Assert.That(worker.Sent(endpoint), Is.EqualTo((long[])[1, 2, 2, 2, 3, 4]));
    }

    [Test]
    public async Task Deliver_OrderedAndRestarted_StillWaitsForTheRetry()
    {
        var endpoint = await AddAsync(isOrdered: true);
        var first = Start();
        first.Respond = (_, _) => Task.FromResult(500);
        AddEvents(2);
        Until(() => first.Sent(endpoint).Count == 2);
        StopInstance(first);
        var second = Start();
        Run(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(1));
        Assert.That(second.Sent(endpoint), Is.Empty);
        Until(() => second.Sent(endpoint).Count == 2, TimeSpan.FromSeconds(1));
        Assert.That(second.Sent(endpoint), Is.EqualTo((long[])[1, 2]));
    }

    [Test]
    public async Task Deliver_OrderedFailsForever_IsDisabledAndNeverSkipsTheEvent()
    {
        var endpoint = await AddAsync(isOrdered: true);
        var worker = Start();
        worker.Respond = (_, _) => Task.FromResult(500);
        AddEvents(2);
        Until(() => _webhooks.Endpoint(endpoint).State == WebhookState.Disabled, TimeSpan.FromMinutes(1));
        worker.Respond = (_, _) => Task.FromResult(200);
        await _webhooks.ChangeAsync(endpoint, stored => stored.Resume(), default);
        Until(() => worker.Sent(endpoint).Contains(2), TimeSpan.FromMinutes(1));
        Assert.That(worker.Sent(endpoint).TakeLast(2), Is.EqualTo((long[])[1, 2]));
    }

    // svix-docs#159: the rule of disabling is unclear. Here it is: five days since the first failure without a success.
    [Test]
    public async Task Deliver_FiveDaysOfFailures_DisablesTheEndpoint()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        worker.Respond = (_, _) => Task.FromResult(500);
        for (var day = 0; day < 5; day++)
        {
            AddEvents(1);
            Run(TimeSpan.FromDays(1), TimeSpan.FromMinutes(1));
            Assert.That(_webhooks.Endpoint(endpoint).State, Is.EqualTo(WebhookState.Enabled), $"day {day}");
        }

        AddEvents(1);
        Until(() => _webhooks.Endpoint(endpoint) is { State: WebhookState.Disabled, DisabledReason: DisabledReason.Failing });
    }

    [Test]
    public async Task Deliver_SuccessAmongFailures_StartsTheFiveDaysAgain()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        worker.RespondToEvent = (_, position) => position == 4 ? 200 : 500;
        for (var day = 0; day < 7; day++)
        {
            AddEvents(1);
            Run(TimeSpan.FromDays(1), TimeSpan.FromMinutes(1));
        }

        Assert.That(_webhooks.Endpoint(endpoint).State, Is.EqualTo(WebhookState.Enabled));
    }

    [Test]
    public async Task Deliver_Gone_DisablesTheEndpointAndKeepsTheEvent()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        worker.Respond = (_, _) => Task.FromResult(410);
        AddEvents(1);
        Until(() => _webhooks.Endpoint(endpoint) is { State: WebhookState.Disabled, DisabledReason: DisabledReason.Gone });
        worker.Respond = (_, _) => Task.FromResult(200);
        await _webhooks.ChangeAsync(endpoint, stored => stored.Resume(), default);
        Until(() => _webhooks.Deliveries(endpoint) is [{ State: DeliveryState.Delivered }], TimeSpan.FromSeconds(1));
    }

    // radon#282: an endpoint that was disabled comes back with a hole.
    [Test]
    public async Task Deliver_DisabledAndResumed_DeliversEveryEventInBetween()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        worker.Respond = (_, _) => Task.FromResult(410);
        AddEvents(1);
        Until(() => _webhooks.Endpoint(endpoint).State == WebhookState.Disabled);
        AddEvents(100);
        Run(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1));
        var sent = worker.Sent(endpoint).Count;
        worker.Respond = (_, _) => Task.FromResult(200);
        await _webhooks.ChangeAsync(endpoint, stored => stored.Resume(), default);
        Until(() => worker.Sent(endpoint).Count == sent + 101, TimeSpan.FromSeconds(1));
        Assert.That(worker.Sent(endpoint).Skip(sent).Order(), Is.EqualTo(Enumerable.Range(1, 101).Select(position => (long)position)));
    }

    [Test]
    public async Task Deliver_PausedAndResumed_DeliversEveryEventInBetween()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        AddEvents(1);
        Until(() => worker.Sent(endpoint).Count == 1);
        await _webhooks.ChangeAsync(endpoint, stored => stored.Pause(), default);
        Run(TimeSpan.FromSeconds(2));
        AddEvents(10);
        Run(TimeSpan.FromSeconds(10));
        Assert.That(worker.Sent(endpoint), Has.Count.EqualTo(1));
        await _webhooks.ChangeAsync(endpoint, stored => stored.Resume(), default);
        Until(() => worker.Sent(endpoint).Count == 11);
    }

    [Test]
    public async Task Deliver_ReceiverDown_GetsOneAttemptAtATimeAndFewDeliveriesFail()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        worker.Respond = (_, _) => Task.FromResult(503);
        for (var i = 0; i < 600; i++)
        {
            AddEvents(10);
            Run(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        }

        Assert.That(_webhooks.Deliveries(endpoint), Has.Count.LessThan(100), "of 6000 events in ten minutes");
        Assert.That(worker.Logged, Is.EqualTo((string[])[$"Webhook {endpoint}: the last 10 attempts failed, so it gets one at a time until one succeeds: status 503"]));
        worker.Respond = (_, _) => Task.FromResult(200);
        var down = worker.Sent(endpoint).Count;
        Until(() => worker.Sent(endpoint).Distinct().Count() == 6000 && _webhooks.Position(endpoint) == 6000, TimeSpan.FromSeconds(1));
        Assert.That(worker.Sent(endpoint).Skip(down).First(), Is.LessThanOrEqualTo(100));
        Assert.That(worker.Logged.Skip(1), Is.EqualTo((string[])[$"Webhook {endpoint}: an attempt succeeded again"]));
    }

    [TestCase(429)]
    [TestCase(503)]
    public async Task Deliver_RetryAfter_HoldsTheWholeEndpointBack(int status)
    {
        var endpoint = await AddAsync();
        var worker = Start();
        (worker.RetryAfter, worker.Respond) = (TimeSpan.FromSeconds(60), (_, _) => Task.FromResult(status));
        AddEvents(1);
        Until(() => _webhooks.Deliveries(endpoint).Count == 1);
        (worker.RetryAfter, worker.Respond) = (null, (_, _) => Task.FromResult(200));
        AddEvents(5);
        Run(TimeSpan.FromSeconds(55), TimeSpan.FromSeconds(1));
        Assert.That(worker.Sent(endpoint), Has.Count.EqualTo(1));
        Until(() => worker.Sent(endpoint).Count == 7, TimeSpan.FromSeconds(1));
    }

    // svix#1455 and #1933: old events cannot be sent again.
    [Test]
    public async Task Resend_DeliveredYearsAgo_IsSentAgainAndRecorded()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        AddEvents(3);
        Until(() => worker.Sent(endpoint).Count == 3);
        StopInstance(worker);
        _clock.Advance(TimeSpan.FromDays(3650));
        await _webhooks.ResendAsync(endpoint, 2, new Instant(_clock.GetUtcNow()), default);
        var later = Start();
        Until(() => _webhooks.Deliveries(endpoint) is [{ State: DeliveryState.Delivered, Attempts.Count: 1 }]);
        Assert.That(later.Sent(endpoint), Is.EqualTo((long[])[2]));
    }

    [Test]
    public async Task Recover_AfterAnOutage_SendsAllThatFailedNow()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        var began = new Instant(_clock.GetUtcNow());
        worker.Respond = (_, _) => Task.FromResult(500);
        AddEvents(9);
        Until(() => _webhooks.Deliveries(endpoint).Count == 9);
        worker.Respond = (_, _) => Task.FromResult(200);
        Run(TimeSpan.FromSeconds(1));
        Assert.That(await _webhooks.RecoverAsync(endpoint, began, new Instant(_clock.GetUtcNow()), default), Is.EqualTo(9));
        Until(() => _webhooks.Deliveries(endpoint).All(delivery => delivery.State == DeliveryState.Delivered), TimeSpan.FromMilliseconds(100), maximum: TimeSpan.FromSeconds(3));
    }

    [Test]
    public async Task Deliver_DatabaseUnavailable_GoesOnAndRecordsTheFailure()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        Until(() => _webhooks.Owner(endpoint) is not null);
        worker.Respond = (_, _) =>
        {
            _webhooks.IsUnavailable = true;
            return Task.FromResult(500);
        };
        AddEvents(1);
        Until(() => _webhooks.IsUnavailable);
        Run(TimeSpan.FromSeconds(20));
        worker.Respond = (_, _) => Task.FromResult(200);
        _webhooks.IsUnavailable = false;
        AddEvents(5);
        Until(() => worker.Sent(endpoint).Distinct().Count() == 6 && _webhooks.Deliveries(endpoint) is [{ State: DeliveryState.Delivered, Attempts.Count: 2 }], TimeSpan.FromSeconds(1));
    }

    [Test]
    public async Task Deliver_RotationOpen_SignsWithBothSecretsForOneDay()
    {
        var endpoint = await AddAsync();
        var worker = Start();
        await _webhooks.ChangeAsync(endpoint, stored => stored.RotateSecret(WebhookSecret.Of(new byte[32]), new Instant(_clock.GetUtcNow())), default);
        Run(TimeSpan.FromSeconds(2));
        AddEvents(1);
        Until(() => worker.Sent(endpoint).Count == 1);
        Run(TimeSpan.FromDays(1), TimeSpan.FromMinutes(1));
        AddEvents(1);
        Until(() => worker.Sent(endpoint).Count == 2);
        Assert.That(worker.SecretCounts, Is.EqualTo((int[])[2, 1]));
    }

    // Formance has no overlap: a second rotation kills the first.
    [Test]
    public void RotateSecret_RotationOpen_ThrowsNamingItsEnd()
    {
        var now = new Instant(_clock.GetUtcNow());
        var rotated = Endpoint().RotateSecret(WebhookSecret.Of(new byte[32]), now);
        var conflict = Assert.Throws<ConflictException>(() => rotated.RotateSecret(WebhookSecret.Of(new byte[24]), Instant.OfUtc(now.Utc.AddHours(23.9))));
        Assert.That(conflict.Errors.Single().Rule, Does.Contain("2026-01-02T00:00:00Z"));
        Assert.That(rotated.RotateSecret(WebhookSecret.Of(new byte[24]), Instant.OfUtc(now.Utc.AddHours(24))).Secrets.At(Instant.OfUtc(now.Utc.AddHours(24))), Has.Count.EqualTo(2));
    }

    private static WebhookEndpoint Endpoint(EventKind kinds = default, bool isOrdered = false) => WebhookEndpoint.Create(
        new WebhookId(Guid.NewGuid()),
        new(StoredValue.Read<WebhookUrl>($"https://receiver.example/{Guid.NewGuid()}"), kinds, null, isOrdered),
        WebhookSecret.Of(Enumerable.Repeat((byte)7, 32).ToArray()),
        Instant.OfUtc(new DateTime(2026, 1, 1)));

    private static async Task<int> HangAsync(CancellationToken stop)
    {
        await Task.Delay(Timeout.Infinite, stop);
        return 0;
    }

    private async Task<WebhookId> AddAsync(EventKind kinds = default, bool isOrdered = false)
    {
        var endpoint = Endpoint(kinds, isOrdered);
        await _webhooks.AddAsync(endpoint, default);
        return endpoint.Id;
    }

    private Instance Start()
    {
        var instance = new Instance(_webhooks, _clock);
        _instances.Add(instance);
        instance.Start(_loops);
        return instance;
    }

    private void StopInstance(Instance instance)
    {
        var stop = instance.StopAsync();
        Until(() => stop.IsCompleted);
    }

    private void AddEvents(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _webhooks.AddEvent(_clock.GetUtcNow());
        }
    }

    private void Run(TimeSpan time, TimeSpan? step = null)
    {
        var end = _clock.GetUtcNow() + time;
        Until(() => _clock.GetUtcNow() >= end, step);
    }

    /// <summary>Lets time pass step by step until a condition holds.</summary>
    private void Until(Func<bool> condition, TimeSpan? step = null, TimeSpan? maximum = null)
    {
        var began = Stopwatch.GetTimestamp();
        var end = _clock.GetUtcNow() + (maximum ?? TimeSpan.FromDays(3660));
        while (!condition())
        {
            Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(30)), "the condition never held");
            Assert.That(_clock.GetUtcNow(), Is.LessThan(end), "it took too long");
            _loops.Settle();
            _clock.Advance(step ?? TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>Runs the loops of all instances on the thread of the test, so that time passes only while each of them waits.</summary>
    private sealed class Loops : SynchronizationContext
    {
        private readonly ConcurrentQueue<(SendOrPostCallback Continue, object? State)> _ready = new();

        public override void Post(SendOrPostCallback d, object? state) => _ready.Enqueue((d, state));

        public Task Start(Func<Task> loop)
        {
            var task = Task.CompletedTask;
            Post(_ => task = loop(), null);
            Settle();
            return task;
        }

        /// <summary>Returns when every loop waits.</summary>
        public void Settle()
        {
            var context = Current;
            SetSynchronizationContext(this);
            while (_ready.TryDequeue(out var next))
            {
                next.Continue(next.State);
            }

            SetSynchronizationContext(context);
        }
    }

    /// <summary>An instance of the service, with its own connection to the database and its own receiver.</summary>
    private sealed class Instance : IWebhookSender, ILogger<WebhookWorker>, IDisposable
    {
        private readonly ConcurrentDictionary<WebhookUrl, ConcurrentQueue<long>> _sent = new();
        private readonly InMemoryWebhooks _webhooks;
        private readonly TimeProvider _clock;
        private readonly Connection _connection;
        private readonly WebhookWorker _worker;
        private readonly CancellationTokenSource _stop = new();
        private Task _task = Task.CompletedTask;

        public Instance(InMemoryWebhooks webhooks, TimeProvider clock)
        {
            (_webhooks, _clock, _connection) = (webhooks, clock, new Connection(webhooks));
            _worker = new WebhookWorker(_connection, _connection, webhooks, this, clock, this);
        }

        public Func<WebhookId, CancellationToken, Task<int>> Respond { get; set; } = (_, _) => Task.FromResult(200);
        public Func<int, long, int>? RespondToEvent { get; set; }
        public TimeSpan? RetryAfter { get; set; }
        public ConcurrentQueue<int> SecretCounts { get; } = new();
        public ConcurrentQueue<string> Logged { get; } = new();
        public bool IsCutOff { set => _connection.IsCutOff = value; }

        public IReadOnlyList<long> Sent(WebhookId id) => [.. _sent.GetOrAdd(_webhooks.Endpoint(id).Settings.Url, _ => new())];

        /// <summary>Ends the instance without a trace: nothing that it does from now on has an effect.</summary>
        public void Kill()
        {
            _connection.IsKilled = true;
            Respond = (_, stop) => HangAsync(stop);
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Logged.Enqueue(formatter(state, exception));

        public void Start(Loops loops) => _task = loops.Start(() => _worker.RunAsync(_stop.Token));

        public Task StopAsync()
        {
            _stop.Cancel();
            return _connection.IsKilled ? Task.CompletedTask : _task;
        }

        public void Dispose()
        {
            _worker.Dispose();
            _stop.Dispose();
        }

        public Task<string?> FindDenialAsync(WebhookUrl url, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

        public async Task<WebhookAttempt> SendAsync(WebhookMessage message, CancellationToken cancellationToken)
        {
            var at = new Instant(_clock.GetUtcNow());
            var position = long.Parse(message.Id.Split('_')[2], null);
            var sent = _sent.GetOrAdd(message.Url, _ => new());
            sent.Enqueue(position);
            SecretCounts.Enqueue(message.Secrets.Count);
            var id = _webhooks.IdOf(message.Url);
            var status = RespondToEvent?.Invoke(sent.Count, position) ?? await Respond(id, cancellationToken);
            return new(at, TimeSpan.Zero, status, null, null) { RetryAfter = RetryAfter };
        }
    }

    /// <summary>The connection of one instance to the database.</summary>
    private sealed class Connection(InMemoryWebhooks webhooks) : IWebhookDeliveries, IWebhookRepository
    {
        public bool IsKilled { get; set; }
        public bool IsCutOff { get; set; }

        public Task<bool> AddAsync(WebhookEndpoint endpoint, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<WebhookEndpoint?> FindAsync(WebhookId id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Page<WebhookEndpoint>> ListAsync(PageRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(WebhookId id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Page<WebhookDelivery>> ListAsync(WebhookId id, DeliveryState? state, PageRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<PaymentDelivery>> ListAsync(PaymentId payment, int count, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task ResendAsync(WebhookId id, long position, Instant now, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<int> RecoverAsync(WebhookId id, Instant since, Instant now, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<WebhookEndpoint> ChangeAsync(WebhookId id, Func<WebhookEndpoint, WebhookEndpoint?> change, CancellationToken cancellationToken) => Do(() => webhooks.ChangeAsync(id, change, cancellationToken));

        public Task<IReadOnlyList<WebhookTarget>> ListTargetsAsync(CancellationToken cancellationToken) => Do(() => webhooks.ListTargetsAsync(cancellationToken));

        public Task<IReadOnlyDictionary<WebhookId, WebhookProgress>> ListProgressAsync(WebhookId? id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task ClaimAsync(string owner, Instant now, Instant until, CancellationToken cancellationToken) => Do(async () =>
        {
            await webhooks.ClaimAsync(owner, now, until, cancellationToken);
            return true;
        });

        public Task ReleaseAsync(WebhookId id, string owner, CancellationToken cancellationToken) => Do(async () =>
        {
            await webhooks.ReleaseAsync(id, owner, cancellationToken);
            return true;
        });

        public Task<bool> SaveAsync(WebhookId id, string owner, long position, Instant? failingSince, CancellationToken cancellationToken) =>
            Do(() => webhooks.SaveAsync(id, owner, position, failingSince, cancellationToken));

        public Task<bool> RecordAsync(WebhookId id, string owner, WebhookDelivery delivery, WebhookAttempt attempt, CancellationToken cancellationToken) =>
            Do(() => webhooks.RecordAsync(id, owner, delivery, attempt, cancellationToken));

        public Task<IReadOnlyList<WebhookDelivery>> ListDueAsync(WebhookId id, Instant now, int count, CancellationToken cancellationToken) =>
            Do(() => webhooks.ListDueAsync(id, now, count, cancellationToken));

        public Task<WebhookDelivery?> FindFirstPendingAsync(WebhookId id, CancellationToken cancellationToken) => Do(() => webhooks.FindFirstPendingAsync(id, cancellationToken));

        public Task DeleteOldAsync(Instant now, CancellationToken cancellationToken) => Do(async () =>
        {
            await webhooks.DeleteOldAsync(now, cancellationToken);
            return true;
        });

        private Task<T> Do<T>(Func<Task<T>> call) =>
            IsKilled ? new TaskCompletionSource<T>().Task : IsCutOff ? Task.FromException<T>(new UnavailableException("cut off")) : call();
    }
}
