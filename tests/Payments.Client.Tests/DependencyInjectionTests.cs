using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Polly.Timeout;

namespace Payments.Client.Tests;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DependencyInjectionTests : IDisposable
{
    private readonly StubService _service = new();
    private readonly SkippingTimeProvider _time = new();

    public void Dispose() => _service.Dispose();

    [TestCase(HttpStatusCode.ServiceUnavailable)]
    [TestCase(HttpStatusCode.TooManyRequests)]
    public async Task CreatePaymentAsync_RetryAfter_RetriesAfterThatDelay(HttpStatusCode status)
    {
        _service.Respond = number => number == 1 ? Refused(status, TimeSpan.FromSeconds(7)) : StubService.Json(HttpStatusCode.OK, Example.Response());
        await using var provider = _service.Connect(_time);

        await Client(provider).CreatePaymentAsync(Example.Request());

        Assert.That(_service.Requests, Has.Count.EqualTo(2));
        Assert.That(_time.Waits, Is.EqualTo([TimeSpan.FromSeconds(7)]));
    }

    [Test]
    public async Task CreatePaymentAsync_ConnectionFails_Retries()
    {
        _service.Respond = number => number == 1 ? throw new HttpRequestException("No route.") : StubService.Json(HttpStatusCode.OK, Example.Response());
        await using var provider = _service.Connect(_time);

        await Client(provider).CreatePaymentAsync(Example.Request());

        Assert.That(_service.Requests.Select(request => request.Body).Distinct().Count(), Is.EqualTo(1));
        Assert.That(_service.Requests, Has.Count.EqualTo(2));
        Assert.That(_time.Waits, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task CreatePaymentAsync_KeepsFailing_ThrowsAfterFourAttempts()
    {
        _service.Respond = number => throw new HttpRequestException($"No route {number}.");
        await using var provider = _service.Connect(_time);

        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => Client(provider).CreatePaymentAsync(Example.Request()));

        Assert.That(exception!.Message, Is.EqualTo("No route 4."));
    }

    [Test]
    public async Task CreatePaymentAsync_RetryAfterBeyondTotalTimeout_Throws()
    {
        _service.Respond = _ => Unavailable(DependencyInjection.TotalTimeout + TimeSpan.FromSeconds(1));
        await using var provider = _service.Connect(_time);

        await Assert.ThrowsAsync<TimeoutRejectedException>(() => Client(provider).CreatePaymentAsync(Example.Request()));

        Assert.That(_service.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task GetServerInfoAsync_AttemptTimesOut_Retries()
    {
        var asked = new TaskCompletionSource();
        var response = _service.RespondToToken;
        _service.RespondToToken = async number =>
        {
            asked.TrySetResult();
            return number == 1 ? await new TaskCompletionSource<HttpResponseMessage>().Task : await response(number);
        };
        await using var provider = _service.Connect(_time);

        var request = Client(provider).GetServerInfoAsync();
        await asked.Task;
        _time.Advance(DependencyInjection.AttemptTimeout);

        Assert.That((await request).Version, Is.EqualTo("0.1.0"));
        Assert.That(_service.TokenRequests, Has.Count.EqualTo(2));
    }

    [TestCase(HttpStatusCode.RequestTimeout)]
    [TestCase(HttpStatusCode.TooManyRequests)]
    [TestCase(HttpStatusCode.InternalServerError)]
    [TestCase(HttpStatusCode.BadGateway)]
    public async Task ListConnectorsAsync_TransientStatus_Retries(HttpStatusCode status)
    {
        _service.Respond = number => number == 1 ? new HttpResponseMessage(status) : StubService.Json(HttpStatusCode.OK, """{"data":[]}""");
        await using var provider = _service.Connect(_time);

        await Client(provider).ListConnectorsAsync();

        Assert.That(_service.Requests, Has.Count.EqualTo(2));
    }

    [TestCase(HttpStatusCode.BadRequest)]
    [TestCase(HttpStatusCode.Conflict)]
    public async Task CreatePaymentAsync_ClientError_DoesNotRetry(HttpStatusCode status)
    {
        _service.Respond = _ => new HttpResponseMessage(status);
        await using var provider = _service.Connect(_time);

        await Assert.ThrowsAsync<PaymentsApiException>(() => Client(provider).CreatePaymentAsync(Example.Request()));

        Assert.That(_service.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task InstallConnectorAsync_ServiceUnavailable_DoesNotRetry()
    {
        _service.Respond = _ => Unavailable(TimeSpan.FromSeconds(1));
        await using var provider = _service.Connect(_time);

        await Assert.ThrowsAsync<PaymentsApiException>(() => Install(provider));

        Assert.That(_service.Requests, Has.Count.EqualTo(1));
    }

    // If the response is lost, so is the secret in it.
    [TestCase(true)]
    [TestCase(false)]
    public async Task WebhookSecretAsync_ServiceUnavailable_DoesNotRetry(bool isNew)
    {
        _service.Respond = _ => Unavailable(TimeSpan.FromSeconds(1));
        await using var provider = _service.Connect(_time);

        await Assert.ThrowsAsync<PaymentsApiException>(() => isNew
            ? Client(provider).CreateWebhookAsync(new WebhookRequest { Url = "https://shop.example/" })
            : Client(provider).RotateWebhookSecretAsync("id"));

        Assert.That(_service.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task InstallConnectorAsync_TooManyRequests_Retries()
    {
        _service.Respond = number => number == 1
            ? Refused(HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(7))
            : StubService.Json(HttpStatusCode.Created, """{"data":{"connectorID":"c"}}""");
        await using var provider = _service.Connect(_time);

        await Install(provider);

        Assert.That(_time.Waits, Is.EqualTo([TimeSpan.FromSeconds(7)]));
    }

    [Test]
    public async Task InstallConnectorAsync_ConnectionFails_DoesNotRetry()
    {
        _service.Respond = _ => throw new HttpRequestException("No route.");
        await using var provider = _service.Connect(_time);

        await Assert.ThrowsAsync<HttpRequestException>(() => Install(provider));

        Assert.That(_service.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task InstallConnectorAsync_TokenEndpointFails_RetriesToken()
    {
        var response = _service.RespondToToken;
        _service.RespondToToken = number => number == 1 ? throw new HttpRequestException("No route.") : response(number);
        _service.Respond = _ => StubService.Json(HttpStatusCode.Created, """{"data":{"connectorID":"connector"}}""");
        await using var provider = _service.Connect(_time);

        await Install(provider);

        Assert.That(_service.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task UninstallConnectorAsync_ServiceUnavailable_Retries()
    {
        _service.Respond = number => number == 1 ? Unavailable(TimeSpan.FromSeconds(1)) : new HttpResponseMessage(HttpStatusCode.NoContent);
        await using var provider = _service.Connect(_time);

        await Client(provider).UninstallConnectorAsync("stripe", "connector");

        Assert.That(_service.Requests.Select(request => request.Method), Is.EqualTo([HttpMethod.Delete, HttpMethod.Delete]));
    }

    [Test]
    public async Task CreateAccountAsync_ServiceUnavailable_Retries()
    {
        const string account =
            """
            {"data":{"id":"account","reference":"acc_1","createdAt":"1970-01-01T00:00:00Z","connectorID":"connector","provider":"STRIPE",
            "defaultCurrency":"","defaultAsset":"","accountName":"","type":"INTERNAL","raw":{},"metadata":{} } }
            """;
        _service.Respond = number => number == 1 ? Unavailable(TimeSpan.FromSeconds(1)) : StubService.Json(HttpStatusCode.OK, account);
        await using var provider = _service.Connect(_time);

        await Client(provider).CreateAccountAsync(new AccountRequest
        {
            Reference = "acc_1",
            ConnectorID = "connector",
            CreatedAt = DateTimeOffset.UnixEpoch,
            Type = AccountType.Internal,
        });

        Assert.That(_service.Requests, Has.Count.EqualTo(2));
    }

    [TestCase("http://payments.example")]
    [TestCase("http://payments.example/")]
    [TestCase("http://payments.example/eu")]
    [TestCase("http://payments.example/eu/")]
    public async Task AddPaymentsClient_BaseAddressWithOrWithoutSlash_CallsBelowIt(string address)
    {
        await using var provider = _service.Connect(_time, options => options.BaseAddress = new Uri(address));

        await Client(provider).GetServerInfoAsync();

        var root = address.TrimEnd('/');
        Assert.That(_service.Requests.Single().Address.AbsoluteUri, Is.EqualTo($"{root}/api/payments/_info"));
        Assert.That(_service.TokenRequests.Single().Address.AbsoluteUri, Is.EqualTo($"{root}/api/auth/oauth/token"));
    }

    [TestCaseSource(nameof(WrongOptions))]
    public async Task AddPaymentsClient_InvalidOption_ThrowsNamingOption(Action<PaymentsClientOptions> configure, string message)
    {
        await using var provider = _service.Connect(_time, configure);

        Assert.That(
            () => Client(provider),
            Throws.TypeOf<OptionsValidationException>().With.Message.EqualTo($"PaymentsClientOptions.{message}."));
    }

    private static IEnumerable<TestCaseData<Action<PaymentsClientOptions>, string>> WrongOptions()
    {
        yield return new(options => options.ClientId = " ", "ClientId must be set");
        yield return new(options => options.ClientSecret = "", "ClientSecret must be set");
        yield return new(options => options.BaseAddress = new Uri("payments", UriKind.Relative), "BaseAddress must be an absolute http or https URL");
        yield return new(options => options.BaseAddress = null!, "BaseAddress must be an absolute http or https URL");
        yield return new(options => options.TokenEndpoint = new Uri("ftp://login"), "TokenEndpoint must be an absolute http or https URL");
    }

    private static IPaymentsClient Client(ServiceProvider provider) => provider.GetRequiredService<IPaymentsClient>();

    private static Task<ConnectorResponse> Install(ServiceProvider provider) =>
        Client(provider).InstallConnectorAsync("stripe", new ConnectorRequest { Name = "stripe-eu" });

    private static HttpResponseMessage Unavailable(TimeSpan retryAfter) => Refused(HttpStatusCode.ServiceUnavailable, retryAfter);

    private static HttpResponseMessage Refused(HttpStatusCode status, TimeSpan retryAfter) =>
        new(status) { Headers = { RetryAfter = new RetryConditionHeaderValue(retryAfter) } };
}
