using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Payments.Api.Authentication;

/// <summary>The built-in OAuth 2.0 token endpoint: the client credentials grant for the clients in the settings.</summary>
internal static class TokenEndpoint
{
    public const string Path = "api/auth/oauth/token";
    public const string Issuer = "https://payments.invalid/";
    private const string RequestedScopes = "requested_scopes";
    private const string GrantedScopes = "granted_scopes";

    public static void AddTokenEndpoint(this IServiceCollection services)
    {
        services.AddSingleton(provider => new Credentials([
            .. provider.GetRequiredService<IOptions<AuthenticationSettings>>().Value.Clients.Values
                .Select(client => new Credential(client.ClientId, client.ClientSecret, client.ClientSecretHash, client.Scopes)),
        ]));
        services.AddOptions<OpenIddictServerOptions>().Configure<SigningKeys>((server, keys) => server.SigningCredentials.Add(SigningCredentials(keys)));
        services.AddOpenIddict().AddServer(server =>
        {
            server.SetIssuer(Issuer);
            server.SetTokenEndpointUris(Path);
            // The issuer is a name without a server, so there is nothing to discover.
            server.SetConfigurationEndpointUris(Array.Empty<Uri>());
            server.SetJsonWebKeySetEndpointUris(Array.Empty<Uri>());
            server.AllowClientCredentialsFlow();
            server.SetAccessTokenLifetime(TimeSpan.FromHours(1));
            // Without a database of tokens, clients and scopes: the clients are in the settings, and a token is valid by its signature.
            server.EnableDegradedMode();
            server.DisableAccessTokenEncryption();
            // Required, though nothing is encrypted. OpenIddict's own would be RSA of 4096 bits, which takes up to three seconds of the start.
            server.AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));
            // TLS can end at a proxy.
            server.UseAspNetCore().DisableTransportSecurityRequirement();

            // OpenIddict sees every request. Without this, it compares each with all its endpoints.
            server.AddEventHandler<ProcessRequestContext>(handler => handler.SetOrder(int.MinValue).UseInlineHandler(context =>
            {
                if (!IsTokenRequest(Http(context).Request))
                {
                    context.SkipRequest();
                }

                return default;
            }));
            // OpenIddict rejects a request for a scope that it does not know, and for offline_access. ValidateAsync ignores such scopes.
            server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.SetOrder(int.MinValue).UseInlineHandler(context =>
            {
                context.Transaction.SetProperty<string[]>(RequestedScopes, [.. context.Request.GetScopes()]);
                context.Request.Scope = null;
                return default;
            }));
            server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(ValidateAsync));
            server.AddEventHandler<HandleTokenRequestContext>(handler => handler.UseInlineHandler(SignIn));
            // The current signing key, instead of the one at the start.
            server.AddEventHandler<GenerateTokenContext>(handler => handler
                .SetOrder(OpenIddictServerHandlers.Protection.AttachSecurityCredentials.Descriptor.Order + 1)
                .UseInlineHandler(context =>
                {
                    context.SigningCredentials = SigningCredentials(Http(context).RequestServices.GetRequiredService<SigningKeys>());
                    return default;
                }));
            server.AddEventHandler<ApplyTokenResponseContext>(handler => handler
                .SetOrder(OpenIddictServerAspNetCoreHandlers.AttachHttpResponseCode<ApplyTokenResponseContext>.Descriptor.Order + 1)
                .UseInlineHandler(context =>
                {
                    // OpenIddict's pages do not help a caller of this service.
                    context.Response.ErrorUri = null;
                    context.Response.Scope = context.Error is null ? string.Join(' ', Granted(context)) : null;
                    // RFC 6749 has no status for it; 400 would mean that the request can never succeed.
                    if (context.Response.Error == OpenIddictConstants.Errors.SlowDown)
                    {
                        var response = Http(context).Response;
                        response.StatusCode = StatusCodes.Status429TooManyRequests;
                        response.Headers.RetryAfter = $"{Credentials.RetryAfterSeconds}";
                    }

                    return default;
                }));
        });
    }

    public static bool IsTokenRequest(HttpRequest request) => request.Path.StartsWithSegments($"/{Path}");

    private static async ValueTask ValidateAsync(ValidateTokenRequestContext context)
    {
        try
        {
            var http = Http(context);
            var client = await http.RequestServices.GetRequiredService<Credentials>()
                .FindAsync(context.ClientId ?? "", context.ClientSecret ?? "", Caller.NetworkOf(http), http.RequestAborted);
            if (client is null)
            {
                context.Reject(OpenIddictConstants.Errors.InvalidClient, "The client is unknown or its secret is wrong.");
                return;
            }

            // RFC 6749, section 3.3: a server may ignore a part of the requested scope.
            var requested = context.Transaction.GetProperty<string[]>(RequestedScopes)!;
            string[] granted = requested.Length == 0 ? [.. client.Scopes] : [.. client.Scopes.Intersect(requested)];
            if (granted.Length == 0)
            {
                context.Reject(OpenIddictConstants.Errors.InvalidScope, $"The client has none of the requested scopes. It has: {string.Join(' ', client.Scopes)}.");
            }

            context.Transaction.SetProperty(GrantedScopes, granted);
        }
        catch (TooManyFailedAttemptsException e)
        {
            context.Reject(OpenIddictConstants.Errors.SlowDown, e.Message);
        }
    }

    private static ValueTask SignIn(HandleTokenRequestContext context)
    {
        var identity = new ClaimsIdentity(authenticationType: "client_credentials");
        identity.SetClaim(OpenIddictConstants.Claims.Subject, context.ClientId);
        identity.SetScopes(Granted(context));
        identity.SetAudiences(Http(context).RequestServices.GetRequiredService<IOptions<AuthenticationSettings>>().Value.Audience);
        context.SignIn(new ClaimsPrincipal(identity));
        return default;
    }

    private static string[] Granted(BaseContext context) => context.Transaction.GetProperty<string[]>(GrantedScopes)!;

    private static SigningCredentials SigningCredentials(SigningKeys keys) => new(keys.Signing, SecurityAlgorithms.EcdsaSha256);

    private static HttpContext Http(BaseContext context) => context.Transaction.GetHttpRequest()!.HttpContext;
}
