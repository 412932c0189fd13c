using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Payments.Durability.Tests;

/// <summary>
/// Many connections at once: creates (some twice at the same instant, some given up by their client), replays, further steps, changes of
/// metadata, reads, and an import. Each payment is in the hands of one connection at a time, so that what it must be is known; a request that
/// is refused with 503 is sent again until it is taken, as a client should.
/// </summary>
internal sealed class Load
{
    private const int LinesOfAnImport = 400;

    private static readonly TimeSpan BeforeTheNextTry = TimeSpan.FromMilliseconds(100);

    private readonly ServiceProcess _service;
    private readonly Ledger _ledger;
    private readonly Action<string> _fault;
    private readonly Task _all;
    private volatile bool _isStopping;
    private long _reads;

    /// <param name="service">The service.</param>
    /// <param name="ledger">What becomes of every request.</param>
    /// <param name="fault">Is told what must not be.</param>
    /// <param name="connections">How many; one of them imports, and one in eight only reads.</param>
    /// <param name="random">Where each connection's own choices come from.</param>
    /// <param name="readsMayFail">Whether reads are told 503 too while writes are.</param>
    public Load(ServiceProcess service, Ledger ledger, Action<string> fault, int connections, Random random, bool readsMayFail = false)
    {
        (_service, _ledger, _fault) = (service, ledger, fault);
        _all = Task.WhenAll(Enumerable.Range(0, connections).Select(place =>
        {
            var own = new Random(random.Next());
            return Task.Run(() => DriveAsync(place == 0 ? ImportAsync : place % 8 == 1 ? choices => ReadAsync(choices, readsMayFail) : WriteAsync, own));
        }));
    }

    /// <summary>How many reads were answered with what must be there.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>Waits until something has come about; false where it has not in time.</summary>
    public static async Task<bool> UntilAsync(Func<bool> reached, TimeSpan idleTimeout)
    {
        var time = Stopwatch.StartNew();
        while (!reached() && time.Elapsed < idleTimeout)
        {
            await Task.Delay(1);
        }

        return reached();
    }

    /// <summary>Waits until each connection has finished what it is at, or has lost the service.</summary>
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
                _fault($"A request was not answered: {e.Message} {e.InnerException?.Message}");
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
            0 => TwiceAtOnceAsync(entry, change),
            1 => GiveUpAsync(entry, change, random),
            _ => SendAsync(entry, change, isNew: true),
        });
        if (entry.Open is null)
        {
            _ledger.GiveBack(entry);
        }
    }

    /// <summary>Sends the change until it is taken or the load ends.</summary>
    private async Task SendAsync(Entry entry, Change change, bool isNew)
    {
        while (true)
        {
            var answer = await AnswerAsync(change);
            if (answer is not { Status: HttpStatusCode.ServiceUnavailable })
            {
                Take(entry, change, answer, isNew);
                return;
            }

            isNew = false;
            if (_isStopping)
            {
                return;
            }

            await Task.Delay(BeforeTheNextTry);
        }
    }

    // The answers must be the same, whichever of the two came first.
    private async Task TwiceAtOnceAsync(Entry entry, Change change)
    {
        var other = AnswerAsync(change);
        try
        {
            await SendAsync(entry, change, isNew: false);
        }
        finally
        {
            await other.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        var answer = await other;
        if (answer.Status != HttpStatusCode.ServiceUnavailable && !IsAsAsked(change, answer))
        {
            _fault($"{change}, sent twice at once, was answered {answer}");
        }
    }

    private async Task GiveUpAsync(Entry entry, Change change, Random random)
    {
        using var idleTimeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(5)));
        try
        {
            await _service.SendAsync(change.Method, change.Path, change.Body, idleTimeout.Token);
        }
        catch (OperationCanceledException)
        {
        }

        await SendAsync(entry, change, isNew: false);
    }

    private async Task<Answer> AnswerAsync(Change change)
    {
        Answer answer;
        try
        {
            answer = await _service.SendAsync(change.Method, change.Path, change.Body);
        }
        catch (HttpRequestException)
        {
            _ledger.LeaveUnanswered();
            throw;
        }

        if (answer.Status == HttpStatusCode.ServiceUnavailable)
        {
            Refused(answer);
        }

        return answer;
    }

    private void Take(Entry entry, Change change, Answer answer, bool isNew)
    {
        if (!IsAsAsked(change, answer) || (isNew && answer.IsReplayed != (change.Before == change.After)))
        {
            _fault($"{change} was answered {answer}");
        }

        _ledger.Acknowledge(entry);
    }

    private static bool IsAsAsked(Change change, Answer answer) => change.Method == HttpMethod.Patch
        ? answer is { Status: HttpStatusCode.NoContent, Body: "" }
        : answer.Status == HttpStatusCode.OK && answer.Body == change.After.Answer;

    private async Task ReadAsync(Random random, bool mayFail)
    {
        var entry = random.Next(8) > 0 ? _ledger.Borrow(random) : null;
        var answer = await _service.SendAsync(HttpMethod.Get, entry is null ? "payments" : $"payments/{entry.Stored!.Value.Id}");
        if (mayFail && answer.Status == HttpStatusCode.ServiceUnavailable)
        {
            Refused(answer);
            await Task.Delay(BeforeTheNextTry);
        }
        else if (answer.Status != HttpStatusCode.OK || (entry is not null && answer.Body != entry.Stored!.Value.Answer))
        {
            _fault($"A read of {entry?.Stored} was answered {answer}");
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

    // New payments, and among them some that are stored or move on.
    private async Task ImportAsync(Random random)
    {
        var lines = new Queue<Entry>();
        while (lines.Count < LinesOfAnImport)
        {
            var entry = random.Next(8) == 0 ? _ledger.Borrow(random) ?? _ledger.New() : _ledger.New();
            entry.Open = entry.Stored is not { } stored ? new Payment(entry.Number).Create()
                : stored is { IsSettled: false, Refunds: 0 } ? stored.Settle()
                : stored.Replay();
            lines.Enqueue(entry);
        }

        await ImportAsync(lines);
    }

    /// <summary>Imports what is open of these, and again what was refused.</summary>
    private async Task ImportAsync(Queue<Entry> lines)
    {
        for (var isNew = true; lines.Count > 0 && !_isStopping; isNew = false)
        {
            var refused = new Queue<Entry>();
            try
            {
                var bodies = lines.Select(entry => $"{entry.Open!.Body}\n").ToList();
                await foreach (var line in _service.ImportAsync(bodies, bodies.Sum(body => (long)Encoding.UTF8.GetByteCount(body))))
                {
                    var entry = lines.Dequeue();
                    if (!Take(entry, line, isNew))
                    {
                        refused.Enqueue(entry);
                    }
                }

                if (lines.Count > 0)
                {
                    throw new IOException("An import broke off.");
                }
            }
            catch (IOException)
            {
                foreach (var _ in lines)
                {
                    _ledger.LeaveUnanswered();
                }

                throw;
            }

            lines = refused;
        }
    }

    /// <summary>Takes the answer to one line of an import; false where it is to be sent again.</summary>
    public bool Take(Entry entry, string line, bool isNew)
    {
        using var answer = JsonDocument.Parse(line);
        var outcome = answer.RootElement.GetProperty("outcome").GetString();
        if (outcome == "unavailable")
        {
            _ledger.Refuse();
            return false;
        }

        var change = entry.Open!;
        var isReplay = change.Before == change.After;
        if (outcome != (isReplay ? "replayed" : "stored") && (isNew || outcome != "replayed"))
        {
            _fault($"The line of {change} was answered {line}");
        }

        _ledger.Acknowledge(entry);
        _ledger.GiveBack(entry);
        return true;
    }

    private void Refused(Answer answer)
    {
        _ledger.Refuse();
        if (!answer.HasRetryAfter)
        {
            _fault($"A 503 without Retry-After: {answer.Body}");
        }
    }
}
