using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Payments.Client.Tests;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PaymentsEventsTests : IDisposable
{
    private static readonly TimeSpan LongPoll = DependencyInjection.LongPollTimeout;

    private readonly StubService _service = new();
    private readonly SkippingTimeProvider _time = new();
    private readonly ServiceProvider _provider;
    private readonly IPaymentsClient _client;

    public PaymentsEventsTests()
    {
        _provider = _service.Connect(_time);
        _client = _provider.GetRequiredService<IPaymentsClient>();
    }

    public void Dispose()
    {
        _provider.Dispose();
        _service.Dispose();
    }

    [Test]
    public async Task ReadEventsAsync_DefaultPosition_ReadsFromBeginningAndStaysInEpoch()
    {
        _service.Respond = number => number == 1 ? Page(2, 1, 2) : Page(3, 3);

        var events = await _client.ReadEventsAsync().Take(3).ToListAsync();

        Assert.That(events.Select(read => read.Position), Is.EqualTo(Positions(1, 2, 3)));
        Assert.That(Queries(), Is.EqualTo(["?after=0&limit=1000&timeout=30", "?after=2&limit=1000&timeout=30&epoch=a1"]));
        Assert.That(_service.Requests[0].Address.AbsolutePath, Is.EqualTo("/api/payments/events"));
    }

    [Test]
    public async Task ReadEventsAsync_StoredPosition_SendsItAsIs()
    {
        _service.Respond = _ => Page(43, 43);

        await _client.ReadEventsAsync(new EventPosition("a&1", 42)).FirstAsync();

        Assert.That(Queries(), Is.EqualTo(["?after=42&limit=1000&timeout=30&epoch=a%261"]));
    }

    [Test]
    public async Task ReadEventsAsync_PaymentAdjusted_ReadsTypedDataAndEveryDigit()
    {
        _service.Respond = _ => Page(7, 7);

        var read = await _client.ReadEventsAsync().FirstAsync();

        Assert.That((read.Type, read.Actor), Is.EqualTo((EventKind.PaymentAdjusted, "client:shop")));
        Assert.That(read.Data.Payment!.Amount, Is.EqualTo(BigInteger.Pow(10, 38) - 1));
        Assert.That(((JsonElement)read.Data.Changes!["status"].From!).GetString(), Is.EqualTo("PENDING"));
    }

    [Test]
    public async Task ReadEventsAsync_NothingNew_PollsAgainWithoutPause()
    {
        _service.Respond = number => number < 3 ? Page(0) : Page(1, 1);

        await _client.ReadEventsAsync().FirstAsync();

        Assert.That(Queries().Select(query => query.Split('&')[0]), Is.EqualTo(["?after=0", "?after=0", "?after=0"]));
        Assert.That(_time.Waits, Is.Empty);
    }

    [Test]
    public async Task ReadEventsAsync_ResponseBreaksOff_ReadsEachEventOnce()
    {
        _service.Respond = number => number switch
        {
            1 => Page(2, 1, 2),
            2 => Broken(Page(4, 3, 4)),
            _ => Page(5, 3, 4, 5),
        };

        var events = await _client.ReadEventsAsync().Take(5).ToListAsync();

        Assert.That(events.Select(read => read.Position), Is.EqualTo(Positions(1, 2, 3, 4, 5)));
        Assert.That(Queries().Select(query => query.Split('&')[0]), Is.EqualTo(["?after=0", "?after=2", "?after=2"]));
    }

    [Test]
    public async Task ReadEventsAsync_NoConnectionForLong_ReconnectsAtLeastEvery30Seconds()
    {
        // After about 1,000 attempts, an exponential backoff overflows.
        _service.Respond = number => number <= 1100 ? throw new HttpRequestException("No route.") : Page(1, 1);

        await _client.ReadEventsAsync().FirstAsync();

        Assert.That(_time.Waits, Has.Count.EqualTo(1100));
        Assert.That(_time.Waits.Max(), Is.EqualTo(TimeSpan.FromSeconds(30)));
        Assert.That(_time.Waits.TakeLast(1000).Min(), Is.GreaterThan(TimeSpan.FromSeconds(10)));
    }

    [TestCase(HttpStatusCode.TooManyRequests)]
    [TestCase(HttpStatusCode.ServiceUnavailable)]
    public async Task ReadEventsAsync_RetryAfter_ReconnectsAfterThatDelay(HttpStatusCode status)
    {
        _service.Respond = number => number > 6
            ? Page(1, 1)
            : new HttpResponseMessage(status) { Headers = { RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(90 + number)) } };

        await _client.ReadEventsAsync().FirstAsync();

        Assert.That(_time.Waits.Select(wait => wait.TotalSeconds), Is.EqualTo([91, 92, 93, 94, 95, 96]));
    }

    [TestCase(HttpStatusCode.RequestTimeout)]
    [TestCase(HttpStatusCode.InternalServerError)]
    [TestCase(HttpStatusCode.BadGateway)]
    public async Task ReadEventsAsync_TransientStatus_Reconnects(HttpStatusCode status)
    {
        _service.Respond = number => number <= 6 ? new HttpResponseMessage(status) : Page(1, 1);

        await _client.ReadEventsAsync().FirstAsync();

        Assert.That(_service.Requests, Has.Count.EqualTo(7));
    }

    [Test]
    public async Task ReadEventsAsync_TokenEndpointFailsForLong_Reconnects()
    {
        var token = _service.RespondToToken;
        _service.RespondToToken = number => number <= 6 ? throw new HttpRequestException("No route.") : token(number);
        _service.Respond = _ => Page(1, 1);

        await _client.ReadEventsAsync().FirstAsync();

        Assert.That(_service.TokenRequests, Has.Count.EqualTo(7));
    }

    [Test]
    public async Task ReadEventsAsync_ResponseAfter30Seconds_WaitsForIt()
    {
        var (body, asked) = Pending();

        var reading = _client.ReadEventsAsync().FirstAsync();
        await asked;
        _time.Advance(LongPoll);
        await SendAsync(body, Page(1, 1));

        Assert.That((await reading).Position, Is.EqualTo(new EventPosition("a1", 1)));
        Assert.That(_service.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task ReadEventsAsync_NoResponseAfter40Seconds_Reconnects()
    {
        var (_, asked) = Pending();

        var reading = _client.ReadEventsAsync().FirstAsync();
        await asked;
        _time.Advance(LongPoll + DependencyInjection.AttemptTimeout);

        Assert.That((await reading).Position, Is.EqualTo(new EventPosition("a1", 1)));
        Assert.That(_service.Requests, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task ReadEventsAsync_CanceledWhileWaiting_Throws()
    {
        var (_, asked) = Pending();
        using var cancellation = new CancellationTokenSource();

        var reading = _client.ReadEventsAsync(default, cancellation.Token).FirstAsync().AsTask();
        await asked;
        await cancellation.CancelAsync();

        var exception = await Assert.CatchAsync<OperationCanceledException>(() => reading);
        Assert.That(exception!.InnerException, Is.Not.TypeOf<TimeoutException>());
        Assert.That(_service.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task ReadEventsAsync_CanceledBetweenAttempts_Throws()
    {
        using var cancellation = new CancellationTokenSource();
        _service.Respond = number =>
        {
            if (number == 20)
            {
                cancellation.Cancel();
            }

            throw new HttpRequestException("No route.");
        };

        await Assert.CatchAsync<OperationCanceledException>(async () => await _client.ReadEventsAsync(default, cancellation.Token).FirstAsync());

        Assert.That(_service.Requests, Has.Count.EqualTo(20));
    }

    [Test]
    public async Task ReadEventsAsync_RecordRestarted_ThrowsLastPosition()
    {
        _service.Respond = number => number == 1 ? Page(9, 9) : Problem(HttpStatusCode.Conflict, "FEED_RESTARTED", epoch: "b2", position: 5);

        var exception = await Assert.ThrowsAsync<FeedRestartedException>(async () => await _client.ReadEventsAsync().Take(2).ToListAsync());

        Assert.That(exception!.LastPosition, Is.EqualTo(new EventPosition("b2", 5)));
        Assert.That((exception.StatusCode, exception.Result.ErrorCode), Is.EqualTo((409, "FEED_RESTARTED")));
        Assert.That(exception.Message, Does.StartWith("Its remedy."));
        Assert.That(_service.Requests, Has.Count.EqualTo(2));
    }

    [TestCase(HttpStatusCode.BadRequest, 1)]
    [TestCase(HttpStatusCode.Unauthorized, 2, Description = "The second attempt has a new token.")]
    [TestCase(HttpStatusCode.Forbidden, 1)]
    [TestCase(HttpStatusCode.NotFound, 1)]
    public async Task ReadEventsAsync_Rejected_ThrowsProblem(HttpStatusCode status, int requests)
    {
        _service.Respond = _ => Problem(status, "REJECTED");

        var exception = await Assert.ThrowsAsync<PaymentsApiException<Problem>>(async () => await _client.ReadEventsAsync().FirstAsync());

        Assert.That((exception!.StatusCode, exception.Result.ErrorCode), Is.EqualTo(((int)status, "REJECTED")));
        Assert.That(
            _service.Requests.Select(request => request.Authorization!.Parameter), Is.EqualTo(Enumerable.Range(1, requests).Select(number => $"token-{number}")));
    }

    [Test]
    public async Task ReadEventsAsync_CredentialsRejected_Throws()
    {
        _service.RespondToToken = _ => Task.FromResult(StubService.Json(HttpStatusCode.Unauthorized, """{"error":"invalid_client"}"""));

        await Assert.ThrowsAsync<AccessTokenException>(async () => await _client.ReadEventsAsync().FirstAsync());

        Assert.That(_service.TokenRequests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task ReadEventsAsync_ResponseWithoutPosition_ThrowsNamingHeaders()
    {
        _service.Respond = _ => StubService.Json(HttpStatusCode.OK, "[]");

        var exception = await Assert.ThrowsAsync<PaymentsApiException>(async () => await _client.ReadEventsAsync().FirstAsync());

        Assert.That(exception!.Message, Does.Contain("Payments-Epoch and Payments-Position"));
    }

    [Test]
    public async Task ReadEventPagesAsync_NoEventOfType_AdvancesPosition()
    {
        _service.Respond = number => number switch
        {
            1 => Page(1000),
            2 => Page(1000),
            _ => Page(1700, 1601),
        };

        var pages = await _client.ReadEventPagesAsync(default, [EventKind.PaymentAdjusted, EventKind.WebhookDisabled]).Take(2).ToListAsync();

        Assert.That(pages.Select(page => (page.Position, page.Events.Count)), Is.EqualTo(
            [(new EventPosition("a1", 1000), 0), (new EventPosition("a1", 1700), 1)]));
        Assert.That(Queries(), Is.EqualTo([
            "?after=0&limit=1000&timeout=30&type=payment.adjusted&type=webhook.disabled",
            "?after=1000&limit=1000&timeout=30&epoch=a1&type=payment.adjusted&type=webhook.disabled",
            "?after=1000&limit=1000&timeout=30&epoch=a1&type=payment.adjusted&type=webhook.disabled",
        ]));
    }

    [Test]
    public void ReadEventPagesAsync_NoTypes_Throws() => Assert.That(() => _client.ReadEventPagesAsync(default, []), Throws.ArgumentException);

    [Test]
    public async Task ListEventsAsync_KeepsFailing_ThrowsAfterFourAttempts()
    {
        _service.Respond = _ => throw new HttpRequestException("No route.");

        await Assert.ThrowsAsync<HttpRequestException>(() => _client.ListEventsAsync(timeout: 30));

        Assert.That(_service.Requests, Has.Count.EqualTo(4));
    }

    private static EventPosition[] Positions(params long[] numbers) => [.. numbers.Select(number => new EventPosition("a1", number))];

    private string[] Queries() => [.. _service.Requests.Select(request => request.Address.Query)];

    private static HttpResponseMessage Page(long position, params long[] events) => Mark(
        StubService.Json(HttpStatusCode.OK, $"[{string.Join(',', events.Select(Event))}]"), "a1", position);

    private static HttpResponseMessage Mark(HttpResponseMessage response, string epoch, long position)
    {
        response.Headers.Add("Payments-Epoch", epoch);
        response.Headers.Add("Payments-Position", $"{position}");
        return response;
    }

    private static string Event(long position) =>
        $$"""
        {"specversion":"1.0","id":"{{position}}","source":"/payments/s/a1","type":"payment.adjusted","time":"2026-03-01T10:00:00Z","subject":"payment",
        "datacontenttype":"application/json","actor":"client:shop","epoch":"a1","data":{"payment":{"id":"payment","reference":"ref-001",
        "sourceAccountID":"","destinationAccountID":"","connectorID":"connector","provider":"STRIPE","type":"PAY-IN","status":"SUCCEEDED",
        "initialAmount":100,"amount":99999999999999999999999999999999999999,"scheme":"visa","asset":"USD/2","createdAt":"2026-03-01T10:00:00Z",
        "metadata":{} },"changes":{"status":{"from":"PENDING","to":"SUCCEEDED"} } } }
        """;

    private static HttpResponseMessage Problem(HttpStatusCode status, string code, string? epoch = null, long position = 0)
    {
        var problem = StubService.Json(
            status,
            $$"""{"title":"t","status":409,"detail":"d","errorCode":"{{code}}","errorMessage":"Its remedy.","traceId":"00-1"}""",
            "application/problem+json");
        return epoch is null ? problem : Mark(problem, epoch, position);
    }

    // The connection is lost in the middle of the body.
    private static HttpResponseMessage Broken(HttpResponseMessage response)
    {
        var body = response.Content.ReadAsStringAsync().Result;
        var pipe = new Pipe();
        pipe.Writer.Write(Encoding.UTF8.GetBytes(body[..(body.Length / 2)]));
        pipe.Writer.Complete(new IOException("The connection was reset."));
        response.Content = new StreamContent(pipe.Reader.AsStream());
        return response;
    }

    // The first response has no body until the test sends it; the second one has an event.
    private (PipeWriter Body, Task Asked) Pending()
    {
        var pipe = new Pipe();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _service.Respond = number =>
        {
            asked.TrySetResult();
            var response = Page(1, 1);
            if (number == 1)
            {
                response.Content = new StreamContent(pipe.Reader.AsStream());
            }

            return response;
        };
        return (pipe.Writer, asked.Task);
    }

    private static async Task SendAsync(PipeWriter body, HttpResponseMessage response)
    {
        await body.WriteAsync(await response.Content.ReadAsByteArrayAsync());
        await body.CompleteAsync();
    }
}
