using System.Net;
using Payments.Api.Authentication;

namespace Payments.Api.Tests.Authentication;

public sealed class CredentialsTests
{
    private static readonly IPAddress Home = IPAddress.Parse("10.0.0.1");

    private Credentials _clients = null!;

    [SetUp]
    public void Create() => _clients = new Credentials([Client("shop"), Client("bank")]);

    [TearDown]
    public void Dispose() => _clients.Dispose();

    [Test]
    public async Task Find_TenWrongSecretsFromAddress_ThrowsForThatAddressOnly()
    {
        await FailAsync("shop", Home, 10);
        await AssertTooManyAsync("shop", Home);
        Assert.That(await FindAsync("shop", IPAddress.Parse("10.0.0.2")), Is.Not.Null, "other addresses can log in");
        Assert.That(await FindAsync("bank", Home), Is.Not.Null, "other clients can log in from the address");
    }

    [Test]
    public async Task Find_UnknownClientIds_ShareOneCount()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.That(await FindAsync($"made-up-{i}", Home), Is.Null);
        }

        await AssertTooManyAsync("made-up-10", Home);
    }

    [Test]
    public async Task Find_WrongSecretsFromManyAddresses_AcceptsOnlyTrustedAddresses()
    {
        Assert.That(await FindAsync("shop", Home), Is.Not.Null);
        // One address more, because the limit allows one more attempt each second.
        for (var i = 0; i <= Credentials.MaxFailuresPerId / 10; i++)
        {
            try
            {
                await FailAsync("shop", IPAddress.Parse($"10.0.1.{i}"), 10);
            }
            catch (TooManyFailedAttemptsException)
            {
                break;
            }
        }

        Assert.That(await FindAsync("shop", Home), Is.Not.Null);
        Assert.That(await FindAsync("bank", IPAddress.Parse("10.0.2.1")), Is.Not.Null);
        await AssertTooManyAsync("shop", IPAddress.Parse("10.0.2.1"));
    }

    [Test]
    public async Task Find_RightSecretManyTimes_IsNotLimited()
    {
        for (var i = 0; i < 200; i++)
        {
            Assert.That(await FindAsync("shop", Home), Is.Not.Null);
        }
    }

    [Test]
    public async Task Find_ClientWithHash_AcceptsOnlyItsSecret()
    {
        var client = HashedClient();
        using var clients = new Credentials([client]);
        Assert.That(await clients.FindAsync("hashed", "wrong", Home, default), Is.Null);
        Assert.That(client.IsSlowToCheck, Is.True);
        Assert.That(await clients.FindAsync("hashed", "right", Home, default), Is.SameAs(client));
        Assert.That(client.IsSlowToCheck, Is.False);
        Assert.That(await clients.FindAsync("hashed", "right", Home, default), Is.SameAs(client));
        Assert.That(await clients.FindAsync("hashed", "wrong", Home, default), Is.Null);
    }

    [Test]
    public async Task Find_UsersWithPasswords_ChecksSlowHashEachTimeAlsoOfUnknownUsers()
    {
        Credential user = new("ada", "", Credential.SlowHash("right"), [Scope.Read], isPassword: true);
        using var users = new Credentials([user]);
        Assert.That(await users.FindAsync("ada", "right", Home, default), Is.SameAs(user));
        Assert.That(await users.FindAsync("ada", "wrong", Home, default), Is.Null);
        Assert.That(await users.FindAsync("nobody", "right", Home, default), Is.Null);
        Assert.That(user.IsSlowToCheck, Is.True);
        Assert.That(Credential.Unknown([user]).IsSlowToCheck, Is.True);
    }

    [Test]
    public async Task Find_ConcurrentWrongSecrets_ChecksAtMostTheLimit()
    {
        using var clients = new Credentials([HashedClient()]);
        var results = await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            try
            {
                return await clients.FindAsync("hashed", "wrong", Home, default) is null ? "checked" : "right";
            }
            catch (TooManyFailedAttemptsException)
            {
                return "not checked";
            }
        }));
        // One more attempt is allowed every ten seconds.
        Assert.That(results.Count(result => result == "checked"), Is.InRange(10, 12));
        Assert.That(results, Has.None.EqualTo("right"));
    }

    [Test]
    public async Task Token_TooManyFailedAttempts_Returns429WithRetryAfter()
    {
        using var service = new PaymentsService();
        HttpResponseMessage response;
        for (var i = 0; ; i++)
        {
            response = await service.Client.PostTokenAsync("payments-dev", "wrong");
            if (response.StatusCode != HttpStatusCode.Unauthorized)
            {
                break;
            }

            response.Dispose();
            Assert.That(i, Is.LessThan(20));
        }

        using (response)
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
            Assert.That(response.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(10)));
            Assert.That((string?)(await response.JsonAsync())["error"], Is.EqualTo("slow_down"));
        }

        using var right = await service.Client.PostTokenAsync("payments-dev", "payments-dev-secret");
        Assert.That(right.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests), "the response must not show that this secret is right");
    }

    private static Credential Client(string id) => new(id, "right", "", [Scope.Read]);

    private static Credential HashedClient() => new("hashed", "", Credential.SlowHash("right"), [Scope.Read]);

    private Task<Credential?> FindAsync(string id, IPAddress from) => _clients.FindAsync(id, "right", from, default).AsTask();

    private async Task FailAsync(string id, IPAddress from, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.That(await _clients.FindAsync(id, "wrong", from, default), Is.Null);
        }
    }

    private async Task AssertTooManyAsync(string id, IPAddress from) => await Assert.ThrowsAsync<TooManyFailedAttemptsException>(() => FindAsync(id, from));
}
