using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Payments.Client.Tests;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AccessTokenHandlerTests : IDisposable
{
    private readonly StubService _service = new();

    public void Dispose() => _service.Dispose();

    [Test]
    public async Task SendAsync_TokenRejected_RetriesWithNewToken()
    {
        _service.Respond = number => number == 1 ? Unauthorized() : StubService.Json(HttpStatusCode.OK, Example.Response());
        await using var provider = _service.Connect();

        await provider.GetRequiredService<IPaymentsClient>().CreatePaymentAsync(Example.Request());

        Assert.That(_service.Requests.Select(request => $"{request.Authorization}"), Is.EqualTo(["Bearer token-1", "Bearer token-2"]));
        Assert.That(_service.Requests[1].Body, Is.EqualTo(_service.Requests[0].Body).And.Not.Empty);
    }

    [Test]
    public async Task SendAsync_NewTokenRejectedToo_ThrowsProblem()
    {
        _service.Respond = _ => Unauthorized();
        await using var provider = _service.Connect();
        var client = provider.GetRequiredService<IPaymentsClient>();

        var exception = await Assert.ThrowsAsync<PaymentsApiException<Problem>>(() => client.CreatePaymentAsync(Example.Request()));

        Assert.That(exception!.StatusCode, Is.EqualTo(401));
        Assert.That(_service.Requests, Has.Count.EqualTo(2));
    }

    private static HttpResponseMessage Unauthorized() => StubService.Json(
        HttpStatusCode.Unauthorized,
        """{"title":"Unauthorized","status":401,"detail":"no","errorCode":"UNAUTHORIZED","errorMessage":"no","traceId":"00-1"}""",
        "application/problem+json");
}
