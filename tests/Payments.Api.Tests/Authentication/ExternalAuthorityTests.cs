using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using Payments.Api.Tests.Observability;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Payments.Api.Tests.Authentication;

/// <summary>The service with tokens of an external OAuth 2.0 server, whose keys it finds by discovery.</summary>
public sealed class ExternalAuthorityTests
{
    private readonly RSA _key = RSA.Create(2048);
    private WebApplication _authority = null!;
    private PaymentsService _service = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _authority = await StartAuthorityAsync(_key);
        _service = new PaymentsService(("Authentication:Authority", Address(_authority)));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _service.Dispose();
        await _authority.DisposeAsync();
        _key.Dispose();
    }

    [TestCase("payments", "payments:read", 200)]
    [TestCase("payments", "payments:write", 403)]
    [TestCase("ledger", "payments:read", 401)]
    public async Task Request_TokenOfAuthority_ReturnsStatusByAudienceAndScope(string audience, string scope, int expected) =>
        Assert.That(await _service.Client.StatusAsync(await TokenAsync(_authority, audience, scope)), Is.EqualTo(expected));

    // The tokens of Okta have no type.
    [TestCase("at+jwt", 200)]
    [TestCase("application/at+jwt", 200)]
    [TestCase("JWT", 200)]
    [TestCase(null, 200)]
    [TestCase("logout+jwt", 401)]
    public async Task Request_TokenOfAuthority_ReturnsStatusByType(string? type, int expected)
    {
        var header = new JsonObject { ["alg"] = SecurityAlgorithms.RsaSha256 };
        if (type is not null)
        {
            header["typ"] = type;
        }

        var unsigned = $"{Base64UrlEncoder.Encode(header.ToJsonString())}.{(await TokenAsync(_authority, "payments", "payments:read")).Split('.')[1]}";
        var signature = _key.SignData(Encoding.ASCII.GetBytes(unsigned), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        Assert.That(await _service.Client.StatusAsync($"{unsigned}.{Base64UrlEncoder.Encode(signature)}"), Is.EqualTo(expected));
    }

    [Test]
    public async Task Request_TokenOfOtherAuthority_Returns401()
    {
        await using var other = await StartAuthorityAsync();
        Assert.That(await _service.Client.StatusAsync(await TokenAsync(other, "payments", "payments:read")), Is.EqualTo(401));
    }

    // The secret is among the keys of the authority.
    [TestCase(false, 200)]
    [TestCase(true, 401)]
    public async Task Request_TokenSignedWithSharedSecret_Returns401(bool isSharedSecret, int expected)
    {
        using var rsa = RSA.Create(2048);
        SymmetricSecurityKey secret = new(RandomNumberGenerator.GetBytes(32)) { KeyId = "secret" };
        RsaSecurityKey key = new(rsa) { KeyId = "key" };
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var authority = builder.Build();
        authority.MapGet("/.well-known/openid-configuration", () => new { issuer = "https://login.invalid", jwks_uri = $"{Address(authority)}/keys" });
        authority.MapGet("/keys", () => new
        {
            keys = (object[])
            [
                new { kty = "RSA", kid = key.KeyId, n = Base64UrlEncoder.Encode(rsa.ExportParameters(false).Modulus), e = Base64UrlEncoder.Encode(rsa.ExportParameters(false).Exponent) },
                new { kty = "oct", kid = secret.KeyId, k = Base64UrlEncoder.Encode(secret.Key) },
            ],
        });
        await authority.StartAsync();
        using var service = new PaymentsService(("Authentication:Authority", Address(authority)));
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "https://login.invalid",
            Audience = "payments",
            TokenType = "at+jwt",
            Claims = new Dictionary<string, object> { ["scope"] = "payments:read" },
            SigningCredentials = isSharedSecret ? new(secret, SecurityAlgorithms.HmacSha256) : new(key, SecurityAlgorithms.RsaSha256),
        });
        Assert.That(await service.Client.StatusAsync(token), Is.EqualTo(expected));
    }

    [Test]
    public async Task Request_AuthorityUnavailable_Returns503AndLogsOnce()
    {
        string address, token;
        await using (var authority = await StartAuthorityAsync())
        {
            address = Address(authority);
            token = await TokenAsync(authority, "payments", "payments:read");
        }

        using var log = new LogCapture();
        using var service = new PaymentsService(log.AddTo, ("Authentication:Authority", address));
        Assert.That(await service.Client.StatusAsync(token), Is.EqualTo(503));
        LogCapture.End(service);
        var faults = log.Lines.Where(line => line.Contains("Exception", StringComparison.Ordinal)).Select(line => (string?)JsonNode.Parse(line)!["Level"]);
        Assert.That(faults, Is.EqualTo((string[])["Warning"]));
    }

    [Test]
    public async Task TokenEndpoint_AuthoritySet_DoesNotExist()
    {
        using var response = await _service.Client.PostTokenAsync("payments-dev", "payments-dev-secret");
        Assert.That((int)response.StatusCode, Is.EqualTo(401), "the status of every unknown URL without a token");
        Assert.That(File.Exists(_service.SigningKeyFile), Is.False);
    }

    [Test]
    public async Task OpenApiDocument_AuthoritySet_HasBearerSchemeOnly()
    {
        var document = await _service.Client.GetFromJsonAsync<JsonObject>("openapi/v1.json");
        Assert.That(document!["components"]!["securitySchemes"]!.AsObject().Select(scheme => scheme.Key), Is.EqualTo((string[])["bearer"]));
    }

    private static async Task<WebApplication> StartAuthorityAsync(RSA? key = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddOpenIddict().AddServer(server =>
        {
            server.SetTokenEndpointUris("token");
            server.AllowClientCredentialsFlow();
            server.RegisterScopes("payments:read", "payments:write");
            server.EnableDegradedMode();
            server.DisableAccessTokenEncryption();
            server.AddSigningKey(new RsaSecurityKey(key ?? RSA.Create(2048))).AddEphemeralEncryptionKey();
            server.UseAspNetCore().DisableTransportSecurityRequirement();
            server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(_ => default));
            server.AddEventHandler<HandleTokenRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                var identity = new ClaimsIdentity("test");
                identity.SetClaim(OpenIddictConstants.Claims.Subject, context.ClientId);
                identity.SetScopes(context.Request.GetScopes());
                identity.SetAudiences(context.ClientId!);
                context.SignIn(new ClaimsPrincipal(identity));
                return default;
            }));
        });
        var app = builder.Build();
        app.UseAuthentication();
        await app.StartAsync();
        return app;
    }

    private static string Address(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>Requests a token. The authority puts the client's id into it as the audience.</summary>
    private static async Task<string> TokenAsync(WebApplication authority, string audience, string scope)
    {
        using var client = new HttpClient();
        using var response = await client.PostAsync($"{Address(authority)}/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = audience,
            ["client_secret"] = "any",
            ["scope"] = scope,
        }));
        return (string)(await response.JsonAsync())["access_token"]!;
    }
}
