using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Payments.Api.Authentication;
using Payments.Dashboard.Session;
using Payments.Domain.Events;

namespace Payments.Api.Tests;

public sealed class RateLimitTests
{
    private PaymentsService _service = null!;

    [OneTimeSetUp]
    public void Start() => _service = new PaymentsService(
        ("RateLimiting:RequestsPerSecond", "1"),
        ("RateLimiting:AnonymousRequestsPerSecond", "1"),
        ("RateLimiting:Burst", "20"),
        ("ForwardedHeaders:KnownProxies", "127.0.0.0/8, 10.9.9.9"),
        ("Authentication:Clients:0:ClientId", "busy"), ("Authentication:Clients:0:ClientSecret", "1"), ("Authentication:Clients:0:Scopes", "payments:read"),
        ("Authentication:Clients:1:ClientId", "other"), ("Authentication:Clients:1:ClientSecret", "2"), ("Authentication:Clients:1:Scopes", "payments:read"));

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [Test]
    public async Task Client_TooManyRequests_Returns429NamingSettingToThatClientOnly()
    {
        var busy = await _service.Client.TokenAsync(null, "busy", "1");
        var other = await _service.Client.TokenAsync(null, "other", "2");

        using var limited = await UntilLimitedAsync("api/payments/connectors", "10.0.0.1", busy);
        var problem = await limited.JsonAsync();
        Assert.Multiple(async () =>
        {
            Assert.That((string?)problem["errorCode"], Is.EqualTo("TOO_MANY_REQUESTS"));
            Assert.That((string?)problem["detail"], Does.EndWith("RateLimiting:RequestsPerSecond is 1 and RateLimiting:Burst is 20; the operator can raise them."));
            Assert.That(limited.Content.Headers.ContentType?.ToString(), Is.EqualTo("application/problem+json"));
            Assert.That(limited.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(1)));
            Assert.That(await StatusAsync("api/payments/connectors", "10.0.0.1", other), Is.EqualTo(200));
            Assert.That(await StatusAsync("api/payments/_info", "10.0.0.1"), Is.EqualTo(200), "requests without a token have their own limit");
        });
    }

    [Test]
    public async Task Client_DefaultSettings_IsNotLimited()
    {
        using var service = await new PaymentsService(("RateLimiting:Burst", "5"), ("RateLimiting:AnonymousRequestsPerSecond", "1")).AuthorizedAsync();
        for (var i = 0; i < 50; i++)
        {
            using var response = await service.Client.GetAsync("api/payments/connectors");
            Assert.That((int)response.StatusCode, Is.EqualTo(200));
        }
    }

    [TestCase("api/payments/_info", "10.0.1.1")]
    [TestCase("api/payments/connectors", "10.0.1.2")]
    [TestCase("openapi/v1.json", "10.0.1.3")]
    [TestCase("api/auth/oauth/token", "10.0.1.4")]
    [TestCase("nothing/here", "10.0.1.5")]
    public async Task Address_TooManyAnonymousRequests_Returns429ExceptForHealth(string address, string from)
    {
        using var limited = await UntilLimitedAsync(address, from);
        Assert.That(await limited.Content.ReadAsStringAsync(), Does.Contain("RateLimiting:AnonymousRequestsPerSecond is 1 and RateLimiting:Burst is 20; the operator can raise them."));
        for (var i = 0; i < 30; i++)
        {
            Assert.That(await StatusAsync("health/live", from), Is.EqualTo(200));
            Assert.That(await StatusAsync("health/ready", from), Is.EqualTo(200));
        }
    }

    [TestCase("10.0.2.1", "10.0.2.2", true)]
    [TestCase("10.0.3.1", "10.0.3.2, 10.0.3.1", false, Description = "an unknown proxy forwarded the first address")]
    [TestCase("10.0.4.1, 10.9.9.9", "10.0.4.2, 10.9.9.9", true, Description = "both proxies are known")]
    public async Task Address_ForwardedByKnownProxy_HasItsOwnLimit(string first, string second, bool areTwo)
    {
        using var limited = await UntilLimitedAsync("api/payments/_info", first);
        Assert.That(await StatusAsync("api/payments/_info", second), Is.EqualTo(areTwo ? 200 : 429));
    }

    [TestCase("10.1.2.3", "10.1.2.3")]
    [TestCase("::ffff:10.1.2.3", "10.1.2.3")]
    [TestCase("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    public void NetworkOf_Address_ReturnsIPv4AddressOrIPv6Subnet(string address, string network)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };
        Assert.That(Caller.NetworkOf(context), Is.EqualTo(IPAddress.Parse(network)));
    }

    [TestCase("client_id azp sub", "client_id")]
    [TestCase("sub azp", "azp")]
    [TestCase("sub", "sub")]
    [TestCase("scope", null)]
    public void CallerOf_Token_ReturnsItsClient(string claims, string? expected)
    {
        var context = new DefaultHttpContext
        {
            Connection = { RemoteIpAddress = IPAddress.Loopback },
            User = new(new ClaimsIdentity(claims.Split(' ').Select(claim => new Claim(claim, claim)), "test")),
        };
        Assert.That(Caller.Of(context), Is.EqualTo(expected is null ? new Caller(null, IPAddress.Loopback) : new(new(ActorKind.Client, expected), null)));
    }

    [Test]
    public void CallerOf_Session_ReturnsItsUser()
    {
        var user = new ClaimsIdentity([new(ClaimTypes.Name, "ada"), new("sub", "other")], DashboardScope.Scheme);
        Assert.That(Caller.Of(new DefaultHttpContext { User = new(user) }).Actor?.ToString(), Is.EqualTo("user:ada"));
    }

    [Test]
    public void Callers_FullBuckets_AreReleased()
    {
        var limiter = _service.Services.GetRequiredService<IOptions<RateLimiterOptions>>().Value.GlobalLimiter!;
        // The name of a client is referenced only by its bucket.
        WeakReference[] callers = [.. Enumerable.Range(0, 1000).Select(Call)];
        GC.Collect();
        Assert.That(callers, Has.All.Property(nameof(WeakReference.IsAlive)).True);
        // The framework releases a bucket after ten seconds.
        Assert.That(
            () =>
            {
                GC.Collect();
                return callers.Count(caller => caller.IsAlive);
            },
            Is.Zero.After(60_000, 500));

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference Call(int number)
        {
            var client = $"client {number}";
            var context = new DefaultHttpContext { User = new(new ClaimsIdentity([new Claim("client_id", client)], "test")) };
            limiter.AttemptAcquire(context).Dispose();
            return new(client);
        }
    }

    private async Task<HttpResponseMessage> GetAsync(string address, string from, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "X-Forwarded-For", from } } };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await _service.Client.SendAsync(request);
    }

    private async Task<int> StatusAsync(string address, string from, string? token = null)
    {
        using var response = await GetAsync(address, from, token);
        return (int)response.StatusCode;
    }

    private async Task<HttpResponseMessage> UntilLimitedAsync(string address, string from, string? token = null)
    {
        for (var i = 0; ; i++)
        {
            var response = await GetAsync(address, from, token);
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                return response;
            }

            response.Dispose();
            Assert.That(i, Is.LessThan(1000), "no request was limited");
        }
    }
}
