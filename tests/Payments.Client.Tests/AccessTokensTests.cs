using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Payments.Client.Tests;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AccessTokensTests : IDisposable
{
    private readonly StubService _service = new();
    private readonly SkippingTimeProvider _time = new();

    public void Dispose() => _service.Dispose();

    [Test]
    public async Task GetAsync_TwentyConcurrentCalls_FetchesOneToken()
    {
        var asked = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var response = _service.RespondToToken;
        _service.RespondToToken = async number =>
        {
            asked.TrySetResult();
            await release.Task;
            return await response(number);
        };
        await using var provider = _service.Connect(_time);

        var requests = Enumerable.Range(0, 20).Select(_ => Ask(provider)).ToArray();
        await asked.Task;
        release.SetResult();
        await Task.WhenAll(requests);

        Assert.That(_service.TokenRequests, Has.Count.EqualTo(1));
        Assert.That(_service.Requests.Select(request => $"{request.Authorization}"), Is.EqualTo(Enumerable.Repeat("Bearer token-1", 20)));
    }

    [Test]
    public async Task GetAsync_FirstCallCanceled_FetchesForOthers()
    {
        var asked = new TaskCompletionSource();
        var response = _service.RespondToToken;
        _service.RespondToToken = async number =>
        {
            asked.TrySetResult();
            return number == 1 ? await new TaskCompletionSource<HttpResponseMessage>().Task : await response(number);
        };
        await using var provider = _service.Connect(_time);
        using var idleTimeout = new CancellationTokenSource();

        var first = Ask(provider, idleTimeout.Token);
        await asked.Task;
        var second = Ask(provider);
        await idleTimeout.CancelAsync();

        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await second).Version, Is.EqualTo("0.1.0"));
    }

    [Test]
    public async Task GetAsync_LessThanOneMinuteLeft_FetchesNewToken()
    {
        await using var provider = _service.Connect(_time);

        await Ask(provider);
        _time.Advance(TimeSpan.FromMinutes(59) - TimeSpan.FromTicks(1));
        await Ask(provider);
        _time.Advance(TimeSpan.FromTicks(1));
        await Ask(provider);

        Assert.That(
            _service.Requests.Select(request => $"{request.Authorization}"),
            Is.EqualTo(["Bearer token-1", "Bearer token-1", "Bearer token-2"]));
    }

    [Test]
    public async Task GetAsync_ShortLifetime_UsesTokenForHalfOfIt()
    {
        _service.RespondToToken = _ => Token("""{"access_token":"token","expires_in":60}""");
        await using var provider = _service.Connect(_time);

        await Ask(provider);
        _time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        await Ask(provider);
        Assert.That(_service.TokenRequests, Has.Count.EqualTo(1));

        _time.Advance(TimeSpan.FromTicks(1));
        await Ask(provider);
        Assert.That(_service.TokenRequests, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task GetAsync_NoExpiry_KeepsToken()
    {
        _service.RespondToToken = _ => Token("""{"access_token":"token"}""");
        await using var provider = _service.Connect(_time);

        await Ask(provider);
        _time.Advance(TimeSpan.FromDays(30));
        await Ask(provider);

        Assert.That(_service.TokenRequests, Has.Count.EqualTo(1));
    }

    [TestCase("1e12")]
    [TestCase("1e300")]
    public async Task GetAsync_HugeLifetime_KeepsToken(string seconds)
    {
        _service.RespondToToken = _ => Token($$"""{"access_token":"token","expires_in":{{seconds}}}""");
        await using var provider = _service.Connect(_time);

        await Ask(provider);
        _time.Advance(TimeSpan.FromDays(30));
        await Ask(provider);

        Assert.That(_service.TokenRequests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task GetAsync_UnknownCharset_ReadsUtf8()
    {
        _service.RespondToToken = async _ =>
        {
            var response = await Token("""{"access_token":"token"}""");
            response.Content.Headers.ContentType!.CharSet = "utf8";
            return response;
        };
        await using var provider = _service.Connect(_time);

        Assert.That((await Ask(provider)).Version, Is.EqualTo("0.1.0"));
    }

    [Test]
    public async Task GetAsync_Credentials_AreFormEncodedInBasicHeader()
    {
        await using var provider = _service.Connect(_time, options =>
        {
            options.ClientId = "the:shop";
            options.ClientSecret = "s&cret ü";
        });

        await Ask(provider);

        var request = _service.TokenRequests.Single();
        Assert.That(request.Method, Is.EqualTo(HttpMethod.Post));
        Assert.That(request.Authorization!.Scheme, Is.EqualTo("Basic"));
        Assert.That(Encoding.ASCII.GetString(Convert.FromBase64String(request.Authorization.Parameter!)), Is.EqualTo("the%3Ashop:s%26cret+%C3%BC"));
        Assert.That(request.Body, Is.EqualTo("grant_type=client_credentials"));
    }

    [Test]
    public async Task GetAsync_ScopesSet_RequestsThem()
    {
        await using var provider = _service.Connect(_time, options =>
        {
            options.Scopes.Add("payments:read");
            options.Scopes.Add("payments:write");
        });

        await Ask(provider);

        Assert.That(_service.TokenRequests.Single().Body, Is.EqualTo("grant_type=client_credentials&scope=payments%3Aread+payments%3Awrite"));
    }

    [Test]
    public async Task GetAsync_TokenEndpointSet_CallsIt()
    {
        await using var provider = _service.Connect(_time, options => options.TokenEndpoint = new Uri("https://login.example/oauth2/token"));

        await Ask(provider);

        Assert.That(_service.TokenRequests.Single().Address.AbsoluteUri, Is.EqualTo("https://login.example/oauth2/token"));
    }

    [Test]
    public async Task GetAsync_Rejected_ThrowsReasonWithoutSecret()
    {
        _service.RespondToToken = _ => Token("""{"error":"invalid_client","error_description":"The secret is not right."}""", HttpStatusCode.Unauthorized);
        await using var provider = _service.Connect(_time);

        var exception = await Assert.ThrowsAsync<AccessTokenException>(() => Ask(provider));

        Assert.That(
            exception!.Message,
            Is.EqualTo("The token endpoint http://localhost:55001/api/auth/oauth/token returned 401: invalid_client (The secret is not right.)."));
        Assert.That((exception.Error, exception.ErrorDescription), Is.EqualTo(("invalid_client", "The secret is not right.")));
        Assert.That(exception.ToString(), Does.Not.Contain("not to be told").And.Not.Contain("bm90IHRvIGJlIHRvbGQ"));
        Assert.That(_service.TokenRequests, Has.Count.EqualTo(1));
        Assert.That(_service.Requests, Is.Empty);
    }

    [TestCase("<p>Not here.</p>", "text/html")]
    [TestCase("{}", "application/json")]
    [TestCase("null", "application/json")]
    public async Task GetAsync_ResponseWithoutToken_Throws(string response, string mediaType)
    {
        _service.RespondToToken = _ => Task.FromResult(StubService.Json(HttpStatusCode.OK, response, mediaType));
        await using var provider = _service.Connect(_time);

        var exception = await Assert.ThrowsAsync<AccessTokenException>(() => Ask(provider));

        Assert.That(exception!.Message, Does.EndWith("returned 200: no token and no error."));
    }

    [Test]
    public async Task GetAsync_EndpointBrieflyDown_IsRetried()
    {
        var response = _service.RespondToToken;
        _service.RespondToToken = number => number switch
        {
            1 => throw new HttpRequestException("No route."),
            2 => Token("{}", HttpStatusCode.ServiceUnavailable),
            _ => response(number),
        };
        await using var provider = _service.Connect(_time);

        await Ask(provider);

        Assert.That(_service.TokenRequests, Has.Count.EqualTo(3));
        Assert.That(_service.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Discard_TokenAlreadyReplaced_KeepsNewToken()
    {
        await using var provider = _service.Connect(_time);
        var tokens = provider.GetRequiredService<AccessTokens>();
        var refused = await tokens.GetAsync(CancellationToken.None);

        tokens.Discard(refused);
        var replacement = await tokens.GetAsync(CancellationToken.None);
        tokens.Discard(refused);

        Assert.That(replacement.Value, Is.EqualTo("token-2"));
        Assert.That(await tokens.GetAsync(CancellationToken.None), Is.SameAs(replacement));
    }

    private static Task<HttpResponseMessage> Token(string json, HttpStatusCode status = HttpStatusCode.OK) =>
        Task.FromResult(StubService.Json(status, json));

    private static Task<ServerInfo> Ask(ServiceProvider provider, CancellationToken cancellationToken = default) =>
        provider.GetRequiredService<IPaymentsClient>().GetServerInfoAsync(cancellationToken);
}
