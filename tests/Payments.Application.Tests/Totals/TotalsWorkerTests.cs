using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Moq;
using Payments.Application.Totals;

namespace Payments.Application.Tests.Totals;

public sealed class TotalsWorkerTests
{
    private readonly FakeTimeProvider _clock = new();
    private int _calls;

    [SetUp]
    public void Reset() => _calls = 0;

    // Another 5,000 events are recorded between two pages.
    [Test]
    public async Task Run_WhileEventsAreRecorded_RestsForEachCountedEvent()
    {
        using var worker = await StartAsync(call => new(5000L * call, 5000L * (call + 2), _clock.GetUtcNow(), false));
        await CallsAsync(2); // after the first page, the worker does not know whether events are being recorded

        _clock.Advance(TimeSpan.FromMilliseconds(4999));
        await Task.Delay(50);
        Assert.That(_calls, Is.EqualTo(2));

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await CallsAsync(3);
        await worker.StopAsync(default);
    }

    [Test]
    public async Task Run_TooLate_DoesNotRest()
    {
        using var worker = await StartAsync(call => new(5000L * call, call < 20 ? 5000L * (call + 2) : 5000L * call, _clock.GetUtcNow().AddSeconds(-11), false));

        await CallsAsync(20);
        await worker.StopAsync(default);
    }

    [Test]
    public async Task Run_WithoutNewEvents_CatchesUpWithoutRest()
    {
        using var worker = await StartAsync(call => new(5000L * Math.Min(call, 20), 100_000, _clock.GetUtcNow(), false));

        await CallsAsync(20);
        await worker.StopAsync(default);
    }

    private async Task<TotalsWorker> StartAsync(Func<int, TotalsProgress> advance)
    {
        var totals = new Mock<IPaymentTotals>();
        totals.Setup(mock => mock.AdvanceAsync(It.IsAny<CancellationToken>())).ReturnsAsync(() => advance(Interlocked.Increment(ref _calls)));
        var worker = new TotalsWorker(totals.Object, _clock, NullLogger<TotalsWorker>.Instance);
        await worker.StartAsync(default);
        return worker;
    }

    private async Task CallsAsync(int calls)
    {
        for (var wait = 0; Volatile.Read(ref _calls) < calls && wait < 500; wait++)
        {
            await Task.Delay(10);
        }

        Assert.That(_calls, Is.EqualTo(calls));
    }
}
