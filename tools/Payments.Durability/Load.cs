using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Payments.Durability;

/// <summary>
/// Many concurrent connections that create payments (some twice at the same time, some canceled by the client), replay, adjust, change
/// metadata, read and import. Only one connection uses a payment at a time, so the expected state is known. After a 503 the request is sent
/// again until it succeeds, as a client should do.
/// </summary>
internal sealed class Load
{
    private const int ImportLines = 400;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly ServiceUnderTest _service;
    private readonly Ledger _ledger;
    private readonly Action<string> _fault;
    private readonly bool _mayRepeatWrites;
    private readonly Task _all;
    private volatile bool _isStopping;
    private long _reads;

    /// <param name="service">The service.</param>
    /// <param name="ledger">Records what was sent and acknowledged.</param>
    /// <param name="fault">Receives each fault.</param>
    /// <param name="connections">The number of connections; one of them imports, and one in eight only reads.</param>
    /// <param name="random">Seeds the choices of each connection.</param>
    /// <param name="readsMayFail">Whether a read may return 503 too.</param>
    /// <param name="mayRepeatWrites">Whether the service repeats a write whose connection broke (decision 14), so its response may be marked as replayed.</param>
    public Load(ServiceUnderTest service, Ledger ledger, Action<string> fault, int connections, Random random, bool readsMayFail, bool mayRepeatWrites)
    {
        (_service, _ledger, _fault, _mayRepeatWrites) = (service, ledger, fault, mayRepeatWrites);
        _all = Task.WhenAll(Enumerable.Range(0, connections).Select(number =>
        {
            var choices = new Random(random.Next());
            return Task.Run(() => DriveAsync(number == 0 ? ImportAsync : number % 8 == 1 ? random => ReadAsync(random, readsMayFail) : WriteAsync, choices));
        }));
    }

    /// <summary>The number of reads that returned the expected payment.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>Waits for a condition; returns false on a timeout.</summary>
    public static async Task<bool> UntilAsync(Func<bool> condition, TimeSpan timeout)
    {
        var time = Stopwatch.StartNew();
        while (!condition() && time.Elapsed < timeout)
        {
            await Task.Delay(1);
        }

        return condition();
    }

    /// <summary>Waits until each connection has finished its request or lost the service.</summary>
    public Task StopAsync()
    {
        _isStopping = true;
        return _all;
    }

    /// <summary>Waits until each connection has lost the service.</summary>
    public Task EndAsync() => _all;

    private async Task DriveAsync(Func<Random, Task> turn, Random random)
    {
        try
        {
            while (!_isStopping)
            {
                await turn(random);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            if (!_service.IsEnding)
            {
                _fault($"A request got no response: {e.Message} {e.InnerException?.Message}");
            }
        }
    }

    private async Task WriteAsync(Random random)
    {
        var choice = random.Next(20);
        var entry = choice < 10 ? _ledger.New() : _ledger.Borrow(random) ?? _ledger.New();
        var change = entry.Stored is not { } stored ? new Payment(entry.Number).Create()
            : choice < 13 ? stored.Replay()
            : choice < 16 && stored is { IsSettled: false, Refunds: 0 } ? stored.Settle()
            : choice < 18 && stored.Refunds < Payment.MaxRefunds ? stored.Refund()
            : stored.Annotate();
        entry.Open = change;
        var way = random.Next(16);
        entry.IsSentTwice = way < 2;
        await (way switch
        {
            0 => SendTwiceAsync(entry, change),
            1 => CancelAndSendAsync(entry, change, random),
            _ => SendAsync(entry, change, isFirst: true),
        });
        if (entry.Open is null)
        {
            _ledger.GiveBack(entry);
        }
    }

    /// <summary>Sends the change until it succeeds or the load ends.</summary>
    private async Task SendAsync(Entry entry, Change change, bool isFirst)
    {
        while (true)
        {
            var response = await SendOnceAsync(change);
            if (response is not { Status: HttpStatusCode.ServiceUnavailable })
            {
                Acknowledge(entry, change, response, isFirst);
                return;
            }

            isFirst = false;
            if (_isStopping)
            {
                return;
            }

            await Task.Delay(RetryDelay);
        }
    }

    // Both responses must be the same, whichever request came first.
    private async Task SendTwiceAsync(Entry entry, Change change)
    {
        var other = SendOnceAsync(change);
        try
        {
            await SendAsync(entry, change, isFirst: false);
        }
        finally
        {
            await other.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        var response = await other;
        if (response.Status != HttpStatusCode.ServiceUnavailable && !IsExpected(change, response))
        {
            _fault($"{change}, sent twice at the same time, returned {response}");
        }
    }

    private async Task CancelAndSendAsync(Entry entry, Change change, Random random)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(5)));
        try
        {
            await _service.SendAsync(change.Method, change.Path, change.Body, timeout.Token);
        }
        catch (OperationCanceledException)
        {
        }

        await SendAsync(entry, change, isFirst: false);
    }

    private async Task<Response> SendOnceAsync(Change change)
    {
        Response response;
        try
        {
            response = await _service.SendAsync(change.Method, change.Path, change.Body);
        }
        catch (HttpRequestException)
        {
            _ledger.CountUnanswered();
            throw;
        }

        if (response.Status == HttpStatusCode.ServiceUnavailable)
        {
            CheckUnavailable(response);
        }

        return response;
    }

    private void Acknowledge(Entry entry, Change change, Response response, bool isFirst)
    {
        if (!IsExpected(change, response) || !change.Allows(response.IsReplayed, isFirst && !_mayRepeatWrites))
        {
            _fault($"{change} returned {response}");
        }

        _ledger.Acknowledge(entry);
    }

    private static bool IsExpected(Change change, Response response) => change.Method == HttpMethod.Patch
        ? response is { Status: HttpStatusCode.NoContent, Body: "" }
        : response.Status == HttpStatusCode.OK && response.Body == change.After.Response;

    private async Task ReadAsync(Random random, bool mayFail)
    {
        var entry = random.Next(8) > 0 ? _ledger.Borrow(random) : null;
        var response = await _service.SendAsync(HttpMethod.Get, entry is null ? "payments" : $"payments/{entry.Stored!.Value.Id}");
        if (mayFail && response.Status == HttpStatusCode.ServiceUnavailable)
        {
            CheckUnavailable(response);
            await Task.Delay(RetryDelay);
        }
        else if (response.Status != HttpStatusCode.OK || (entry is not null && response.Body != entry.Stored!.Value.Response))
        {
            _fault($"A read of {entry?.Stored} returned {response}");
        }
        else
        {
            Interlocked.Increment(ref _reads);
        }

        if (entry is not null)
        {
            _ledger.GiveBack(entry);
        }

        await Task.Delay(random.Next(5));
    }

    // Most lines are new payments; some repeat a stored payment or change its status.
    private async Task ImportAsync(Random random)
    {
        var lines = new Queue<Entry>();
        while (lines.Count < ImportLines)
        {
            var entry = random.Next(8) == 0 ? _ledger.Borrow(random) ?? _ledger.New() : _ledger.New();
            entry.Open = entry.Stored is not { } stored ? new Payment(entry.Number).Create()
                : stored is { IsSettled: false, Refunds: 0 } ? stored.Settle()
                : stored.Replay();
            lines.Enqueue(entry);
        }

        await ImportAsync(lines);
    }

    /// <summary>Imports the open change of each entry, and repeats the lines that were unavailable.</summary>
    private async Task ImportAsync(Queue<Entry> lines)
    {
        for (var isFirst = true; lines.Count > 0 && !_isStopping; isFirst = false)
        {
            var unavailable = new Queue<Entry>();
            try
            {
                var bodies = lines.Select(entry => $"{entry.Open!.Body}\n").ToList();
                await foreach (var line in _service.ImportAsync(bodies, bodies.Sum(body => (long)Encoding.UTF8.GetByteCount(body))))
                {
                    var entry = lines.Dequeue();
                    if (!Acknowledge(entry, line, isFirst))
                    {
                        unavailable.Enqueue(entry);
                    }
                }

                if (lines.Count > 0)
                {
                    throw new IOException("An import was interrupted.");
                }
            }
            catch (IOException)
            {
                foreach (var _ in lines)
                {
                    _ledger.CountUnanswered();
                }

                throw;
            }

            lines = unavailable;
        }
    }

    /// <summary>Checks the result of an imported line; returns false if the line must be sent again.</summary>
    public bool Acknowledge(Entry entry, string line, bool isFirst)
    {
        using var result = JsonDocument.Parse(line);
        var outcome = result.RootElement.GetProperty("outcome").GetString();
        if (outcome == "unavailable")
        {
            _ledger.CountUnavailable();
            return false;
        }

        var change = entry.Open!;
        if (outcome is not ("stored" or "replayed") || !change.Allows(outcome == "replayed", isFirst && !_mayRepeatWrites))
        {
            _fault($"The imported line of {change} returned {line}");
        }

        _ledger.Acknowledge(entry);
        _ledger.GiveBack(entry);
        return true;
    }

    private void CheckUnavailable(Response response)
    {
        _ledger.CountUnavailable();
        if (!response.HasRetryAfter)
        {
            _fault($"A 503 without Retry-After: {response.Body}");
        }
    }
}
