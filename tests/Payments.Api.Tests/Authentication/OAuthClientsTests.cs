using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Payments.Api.Authentication;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Tests.Authentication;

public sealed class OAuthClientsTests
{
    private static readonly IPAddress Home = IPAddress.Parse("10.0.0.1");

    private OAuthClients _clients = null!;

    [SetUp]
    public void Create() => _clients = new OAuthClients([new("shop", "right", [Scope.Read]), new("bank", "right", [Scope.Read])]);

    [TearDown]
    public void Dispose() => _clients.Dispose();

    [Test]
    public async Task FindAsync_AfterTenWrongSecrets_LooksAtNoneFromThere()
    {
        await GuessAsync("shop", Home, 10);
        await AssertTooManyAsync("shop", Home);
        Assert.That(await FindAsync("shop", IPAddress.Parse("10.0.0.2")), Is.Not.Null, "who guesses does not lock the client out");
        Assert.That(await FindAsync("bank", Home), Is.Not.Null, "nor another one behind the same address");
    }

    [Test]
    public async Task FindAsync_OfNamesThatAreNotThere_CountsThemAsOne()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.That(await FindAsync($"made-up-{i}", Home), Is.Null);
        }

        await AssertTooManyAsync("made-up-10", Home);
    }

    [Test]
    public async Task FindAsync_AfterManyWrongSecretsFromManyAddresses_LooksOnlyAtThoseThatHadItRight()
    {
        Assert.That(await FindAsync("shop", Home), Is.Not.Null);
        // One more, for a second may pass and bring one back.
        for (var i = 0; i <= OAuthClients.MaxFailuresPerClient / 10; i++)
        {
            try
            {
                await GuessAsync("shop", IPAddress.Parse($"10.0.1.{i}"), 10);
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
    public async Task FindAsync_OfManyRightSecrets_NeverTiresOfThem()
    {
        for (var i = 0; i < 200; i++)
        {
            Assert.That(await FindAsync("shop", Home), Is.Not.Null);
        }
    }

    [Test]
    public async Task FindAsync_OfAClientKnownByAHash_TakesItsSecretAndNoOther()
    {
        var client = OAuthClient.From(Section(("ClientId", "hashed"), ("ClientSecretHash", OAuthClient.SlowHash("right")), ("Scopes", Scope.Read)));
        using var clients = new OAuthClients([client]);
        Assert.That(await clients.FindAsync("hashed", "wrong", Home, default), Is.Null);
        Assert.That(client.IsSlowToCheck, Is.True);
        Assert.That(await clients.FindAsync("hashed", "right", Home, default), Is.SameAs(client));
        Assert.That(client.IsSlowToCheck, Is.False);
        Assert.That(await clients.FindAsync("hashed", "right", Home, default), Is.SameAs(client));
        Assert.That(await clients.FindAsync("hashed", "wrong", Home, default), Is.Null);
    }

    [Test]
    public async Task FindAsync_OfManyAtOnce_ChecksSlowlyNoMoreThanItsGuesses()
    {
        using var clients = new OAuthClients(
            [OAuthClient.From(Section(("ClientId", "hashed"), ("ClientSecretHash", OAuthClient.SlowHash("right")), ("Scopes", Scope.Read)))]);
        var guesses = await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            try
            {
                return await clients.FindAsync("hashed", "wrong", Home, default) is null ? "looked at" : "right";
            }
            catch (TooManyFailedAttemptsException)
            {
                return "not looked at";
            }
        }));
        // A further one comes back every ten seconds.
        Assert.That(guesses.Count(guess => guess == "looked at"), Is.InRange(10, 12));
        Assert.That(guesses, Has.None.EqualTo("right"));
    }

    [Test]
    public async Task Token_AfterTooManyGuesses_Is429AndSaysWhenToComeBack()
    {
        using var service = new PaymentsService();
        HttpResponseMessage response;
        for (var i = 0; ; i++)
        {
            response = await CheckAsync(service, "wrong");
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
            Assert.That((string?)(await response.Content.ReadFromJsonAsync<JsonObject>())!["error"], Is.EqualTo("slow_down"));
        }

        using var right = await CheckAsync(service, "payments-dev-secret");
        Assert.That(right.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests), "a guess that is right must not be told from others");
    }

    [TestCase("x", null, "ClientSecretHash is not a hash")]
    [TestCase("AAAA", null, "ClientSecretHash is not a hash")]
    [TestCase("x", "x", "ClientSecretHash may stand in the place of ClientSecret")]
    [TestCase(null, null, "ClientSecretHash may stand in the place of ClientSecret")]
    public void From_WithAHashThatIsNone_SaysSo(string? hash, string? secret, string message) => Assert.That(
        () => OAuthClient.From(Section(("ClientId", "a"), ("ClientSecretHash", hash), ("ClientSecret", secret), ("Scopes", Scope.Read))),
        Throws.TypeOf<StartupException>().With.Message.Contains(message));

    private static IConfigurationSection Section(params (string Key, string? Value)[] client) => new ConfigurationBuilder()
        .AddInMemoryCollection(client.Select(entry => KeyValuePair.Create($"client:{entry.Key}", entry.Value))).Build().GetSection("client");

    private static async Task<HttpResponseMessage> CheckAsync(PaymentsService service, string secret)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = "payments-dev",
            ["client_secret"] = secret,
        });
        return await service.Client.PostAsync("api/auth/oauth/token", form);
    }

    private Task<OAuthClient?> FindAsync(string id, IPAddress from) => _clients.FindAsync(id, "right", from, default).AsTask();

    private async Task GuessAsync(string id, IPAddress from, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.That(await _clients.FindAsync(id, "wrong", from, default), Is.Null);
        }
    }

    private async Task AssertTooManyAsync(string id, IPAddress from) => await Assert.ThrowsAsync<TooManyFailedAttemptsException>(() => FindAsync(id, from));
}
