using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Security.AntiSSRF;
using Payments.Application.Webhooks;

namespace Payments.Infrastructure.Webhooks;

/// <summary>Sends deliveries. It follows no redirect and uses no proxy, because the check of the address would be bypassed.</summary>
internal sealed class WebhookSender : IWebhookSender, IDisposable
{
    /// <summary>How long the body of a response may take after its status, which is the result.</summary>
    private static readonly TimeSpan BodyTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly ProductInfoHeaderValue UserAgent = new("Payments", typeof(WebhookSender).Assembly.GetName().Version!.ToString(3));

    private readonly TargetAddresses _addresses;
    private readonly TimeProvider _clock;
    private readonly HttpClient _https;
    private readonly HttpClient? _loopbackHttp;

    public WebhookSender(TargetAddresses addresses, TimeProvider clock)
    {
        (_addresses, _clock) = (addresses, clock);
        _https = Client(addresses.HttpsHandler());
        _loopbackHttp = addresses.IsDevelopment ? Client(TargetAddresses.LoopbackHttpHandler()) : null;
    }

    /// <summary>The time limit of an attempt, until the response's status.</summary>
    internal TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    public Task<string?> FindDenialAsync(WebhookUrl url, CancellationToken cancellationToken) => _addresses.FindDenialAsync(url, cancellationToken);

    public async Task<WebhookAttempt> SendAsync(WebhookMessage message, CancellationToken cancellationToken)
    {
        var at = _clock.GetUtcNow();
        var began = _clock.GetTimestamp();
        using var limit = new CancellationTokenSource(Timeout, _clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = Request(message, at.ToUnixTimeSeconds());
            var client = !message.Url.IsLoopbackHttp ? _https : _loopbackHttp;
            if (client is null)
            {
                return Failed(await _addresses.FindDenialAsync(message.Url, cancellationToken));
            }

            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop.Token);
            var duration = _clock.GetElapsedTime(began);
            return new WebhookAttempt(new Instant(at), duration, (int)response.StatusCode, null, await ReadStartAsync(response.Content, cancellationToken))
            {
                RetryAfter = RetryAfter(response.Headers.RetryAfter),
            };
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception) when (limit.IsCancellationRequested)
        {
            return Failed($"no response within {Timeout.TotalSeconds:0} seconds");
        }
        catch (OperationCanceledException)
        {
            // The handler reports its own limit like this.
            return Failed($"no connection within {ConnectTimeout.TotalSeconds:0} seconds");
        }
        catch (Exception e) when (e is AntiSSRFException or ArgumentException)
        {
            // The library names the host only. An unspecified address such as 0.0.0.0 is an ArgumentException of the resolver.
            return Failed(await _addresses.FindDenialAsync(message.Url, cancellationToken) ?? $"must not lead to {message.Url.Uri.IdnHost}: {e.Message}");
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException or AuthenticationException)
        {
            return Failed(e.InnerException is AuthenticationException inner ? $"{e.Message} {inner.Message}" : e.Message);
        }

        WebhookAttempt Failed(string? error) => new(new Instant(at), _clock.GetElapsedTime(began), null, error, null);
    }

    public void Dispose()
    {
        _https.Dispose();
        _loopbackHttp?.Dispose();
    }

    private static HttpClient Client(AntiSSRFHandler handler)
    {
        handler.AllowAutoRedirect = false;
        // Endpoints share the client, so a cookie of one could reach another on the same host.
        handler.UseCookies = false;
        handler.ConnectTimeout = ConnectTimeout;
        // A host that moves is found again.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
        handler.MaxResponseHeadersLength = 16; // KiB
        handler.ResponseDrainTimeout = BodyTimeout;
        return new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    private static HttpRequestMessage Request(WebhookMessage message, long timestamp)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, message.Url.Uri)
        {
            Content = new ReadOnlyMemoryContent(message.Body) { Headers = { ContentType = new("application/json") } },
        };
        request.Headers.UserAgent.Add(UserAgent);
        request.Headers.Add(WebhookSignature.IdHeader, message.Id);
        request.Headers.Add(WebhookSignature.TimestampHeader, timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign(message.Id, timestamp, message.Body.Span, message.Secrets));
        return request;
    }

    private async Task<string?> ReadStartAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var start = new byte[WebhookAttempt.MaxResponseBytes];
        var length = 0;
        using var limit = new CancellationTokenSource(BodyTimeout, _clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await using var body = await content.ReadAsStreamAsync(stop.Token);
            for (int read; length < start.Length && (read = await body.ReadAsync(start.AsMemory(length), stop.Token)) > 0; length += read)
            {
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The status is known, and it alone decides.
        }

        var text = Encoding.UTF8.GetString(start, 0, length);
        return text.Length == 0 ? null : string.Concat(text.Select(character => char.IsControl(character) && character is not ('\n' or '\r' or '\t') ? '\uFFFD' : character));
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var delay = header?.Delta ?? header?.Date - _clock.GetUtcNow();
        return delay < TimeSpan.Zero ? null : delay;
    }
}
