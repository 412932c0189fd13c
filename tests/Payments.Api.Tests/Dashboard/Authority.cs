using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Payments.Api.Tests.Dashboard;

/// <summary>A second server with OpenID Connect: discovery, keys, the authorization code flow with PKCE, and real JWTs. Everybody is signed in as ada.</summary>
internal sealed class Authority : IAsyncDisposable
{
    public const string ClientId = "payments-dashboard";
    public const string ClientSecret = "dashboard-secret";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly Dictionary<string, (string Challenge, string Nonce, string RedirectUri)> _codes = [];
    private readonly WebApplication _app;

    private Authority()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
    }

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>The query of the last request for authorization.</summary>
    public IQueryCollection Request { get; private set; } = null!;

    /// <summary>The error of the next response, instead of a code.</summary>
    public string? Error { get; set; }

    /// <summary>The nonce in the next ID token, instead of the right one.</summary>
    public string? Nonce { get; set; }

    /// <summary>The scopes in the next access token, instead of the requested ones.</summary>
    public string? Scope { get; set; }

    public string Audience { get; set; } = "payments";

    public string? UserName { get; set; } = "ada";

    public static async Task<Authority> StartAsync()
    {
        var authority = new Authority();
        authority._app.MapGet("/.well-known/openid-configuration", () => new
        {
            issuer = authority.Url,
            jwks_uri = $"{authority.Url}/keys",
            authorization_endpoint = $"{authority.Url}/authorize",
            token_endpoint = $"{authority.Url}/token",
        });
        authority._app.MapGet("/keys", () =>
        {
            var key = authority._rsa.ExportParameters(false);
            return new { keys = new[] { new { kty = "RSA", kid = "key", n = Base64UrlEncoder.Encode(key.Modulus), e = Base64UrlEncoder.Encode(key.Exponent) } } };
        });
        authority._app.MapGet("/authorize", authority.Authorize);
        authority._app.MapPost("/token", authority.TokenAsync);
        await authority._app.StartAsync();
        return authority;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _rsa.Dispose();
    }

    private IResult Authorize(HttpRequest request)
    {
        Request = request.Query;
        var code = Guid.NewGuid().ToString("N");
        _codes[code] = (Request["code_challenge"]!, Request["nonce"]!, Request["redirect_uri"]!);
        return Results.Redirect(QueryHelpers.AddQueryString(Request["redirect_uri"]!, new Dictionary<string, string?>
        {
            [Error is null ? "code" : "error"] = Error ?? code,
            ["error_description"] = Error is null ? null : "ada@example.com said no",
            ["state"] = Request["state"],
        }));
    }

    private async Task<IResult> TokenAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        if (!_codes.Remove(form["code"].ToString(), out var code)
            || Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != code.Challenge
            || (form["client_id"], form["client_secret"], form["redirect_uri"]) != (ClientId, ClientSecret, code.RedirectUri))
        {
            return Results.Json(new { error = "invalid_grant", error_description = "ada@example.com" }, statusCode: 400);
        }

        var id = new Dictionary<string, object> { ["sub"] = "id-of-ada", ["nonce"] = Nonce ?? code.Nonce, ["name"] = "Ada Lovelace" };
        if (UserName is not null)
        {
            id["preferred_username"] = UserName;
        }

        return Results.Json(new
        {
            access_token = Sign("at+jwt", Audience, new() { ["sub"] = "id-of-ada", ["scope"] = Scope ?? "openid profile payments:read payments:write" }),
            id_token = Sign("JWT", ClientId, id),
            token_type = "Bearer",
            expires_in = 3600,
        });
    }

    private string Sign(string type, string audience, Dictionary<string, object> claims) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Url,
        Audience = audience,
        TokenType = type,
        Claims = claims,
        SigningCredentials = new(new RsaSecurityKey(_rsa) { KeyId = "key" }, SecurityAlgorithms.RsaSha256),
    });
}
