using System.Net.Http.Headers;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Payments.Api.Tests.Authentication;

public sealed class TokenEndpointTests
{
    private PaymentsService _service = null!;

    [OneTimeSetUp]
    public void Start() => _service = new PaymentsService(
        ("Authentication:Clients:0:ClientId", "reader"), ("Authentication:Clients:0:ClientSecret", "reader-secret"), ("Authentication:Clients:0:Scopes", "payments:read"),
        ("Authentication:Clients:1:ClientId", "a:b c"), ("Authentication:Clients:1:ClientSecret", "ü&=+% "),
        ("Authentication:Clients:1:Scopes", "payments:read payments:write"));

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [TestCase(true)]
    [TestCase(false)]
    public async Task Token_NoScopeRequested_GrantsAllScopesOfClient(bool basic)
    {
        var (status, body, response) = await RequestAsync("a:b c", "ü&=+% ", basic);
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo(200));
            Assert.That((string?)body["token_type"], Is.EqualTo("Bearer"));
            Assert.That((string?)body["scope"], Is.EqualTo("payments:read payments:write"));
            Assert.That((int?)body["expires_in"], Is.InRange(3590, 3600));
            Assert.That(response.Headers.CacheControl?.NoStore, Is.True);
        });
    }

    [Test]
    public async Task Token_OneScopeRequested_GrantsOnlyThat()
    {
        var (_, body, _) = await RequestAsync("a:b c", "ü&=+% ", basic: true, "payments:write");
        Assert.That(await _service.Client.StatusAsync((string)body["access_token"]!), Is.EqualTo(403));
    }

    [TestCase("reader", "wrong", 401, "invalid_client")]
    [TestCase("nobody", "reader-secret", 401, "invalid_client")]
    [TestCase("payments-dev", "payments-dev-secret", 401, "invalid_client")]
    public async Task Token_UnknownClientOrWrongSecret_Returns401(string id, string secret, int expected, string error)
    {
        foreach (var basic in (bool[])[true, false])
        {
            var (status, body, response) = await RequestAsync(id, secret, basic);
            Assert.That((status, (string?)body["error"]), Is.EqualTo((expected, error)));
            Assert.That(response.Headers.WwwAuthenticate.Count, Is.EqualTo(1));
            Assert.That(body.ContainsKey("error_uri"), Is.False);
        }
    }

    [TestCase("payments:read", "payments:read")]
    [TestCase("auth:read payments:read", "payments:read")]
    [TestCase("payments:read payments:write", "payments:read")]
    [TestCase("openid offline_access payments:read payments:read", "payments:read")]
    public async Task Token_ScopesRequested_GrantsOnlyScopesOfClient(string requested, string granted)
    {
        var (status, body, _) = await RequestAsync("reader", "reader-secret", basic: true, requested);
        Assert.That((status, (string?)body["scope"]), Is.EqualTo((200, granted)));
        var claims = new JsonWebToken((string)body["access_token"]!).Claims;
        Assert.That(claims.Single(claim => claim.Type == "scope").Value, Is.EqualTo(granted));
    }

    // The body that the Formance SDK for TypeScript sends before its first call (version 4.6.1).
    [Test]
    public async Task Token_RequestOfTypeScriptSdk_GrantsPaymentsScopes()
    {
        using var form = new StringContent(
            "grant_type=client_credentials&client_id=reader&client_secret=reader-secret&scope=auth%3Aread+payments%3Aread", Encoding.ASCII, "application/x-www-form-urlencoded");
        using var response = await _service.Client.PostAsync("api/auth/oauth/token", form);
        var body = await response.JsonAsync();
        Assert.That(((int)response.StatusCode, (string?)body["scope"], (string?)body["token_type"]), Is.EqualTo((200, "payments:read", "Bearer")));
        Assert.That(await _service.Client.StatusAsync((string)body["access_token"]!), Is.EqualTo(200));
    }

    [TestCase("payments:write")]
    [TestCase("auth:read")]
    [TestCase("openid offline_access")]
    public async Task Token_NoRequestedScopeGranted_ReturnsInvalidScope(string scope)
    {
        var (status, body, _) = await RequestAsync("reader", "reader-secret", basic: true, scope);
        Assert.That((status, (string?)body["error"]), Is.EqualTo((400, "invalid_scope")));
    }

    [TestCase("grant_type=password&username=a&password=b", "unsupported_grant_type")]
    [TestCase("", "invalid_request")]
    [TestCase("grant_type=client_credentials", "invalid_request")]
    public async Task Token_InvalidRequest_ReturnsOAuthError(string form, string error)
    {
        using var response = await _service.Client.PostAsync(
            "api/auth/oauth/token", new StringContent(form, Encoding.ASCII, "application/x-www-form-urlencoded"));
        var body = await response.JsonAsync();
        Assert.That(((int)response.StatusCode, (string?)body["error"]), Is.EqualTo((400, error)));
    }

    [TestCase("application/x-www-form-urlencoded;charset=utf-7", "grant_type=client_credentials", 415)]
    [TestCase("application/x-www-form-urlencoded", "many", 400)]
    [TestCase("application/x-www-form-urlencoded", "long", 400)]
    public async Task Token_UnreadableForm_Returns4xx(string mediaType, string form, int expected)
    {
        var text = form switch
        {
            "many" => string.Join('&', Enumerable.Range(0, 1100).Select(i => $"k{i}=v")),
            "long" => $"{new string('k', 3000)}=v",
            _ => form,
        };
        using var content = new StringContent(text);
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        using var response = await _service.Client.PostAsync("api/auth/oauth/token", content);
        Assert.That((int)response.StatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task Token_IssuedBeforeRestart_IsAccepted()
    {
        var (_, body, _) = await RequestAsync("reader", "reader-secret", basic: true);
        using var restarted = new PaymentsService(("Authentication:SigningKeyFile", _service.SigningKeyFile));
        Assert.That(await restarted.Client.StatusAsync((string)body["access_token"]!), Is.EqualTo(200));
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public void SigningKeyFile_Created_IsReadableByOwnerOnly() =>
        Assert.That(File.GetUnixFileMode(_service.SigningKeyFile), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));

    private async Task<(int Status, JsonObject Body, HttpResponseMessage Response)> RequestAsync(string id, string secret, bool basic, string? scope = null)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials" };
        if (scope is not null)
        {
            form["scope"] = scope;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/oauth/token");
        if (basic)
        {
            // RFC 6749, section 2.3.1: each part is form-encoded first.
            var credentials = $"{Uri.EscapeDataString(id)}:{Uri.EscapeDataString(secret)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(credentials)));
        }
        else
        {
            form["client_id"] = id;
            form["client_secret"] = secret;
        }

        request.Content = new FormUrlEncodedContent(form);
        var response = await _service.Client.SendAsync(request);
        return ((int)response.StatusCode, await response.JsonAsync(), response);
    }
}
