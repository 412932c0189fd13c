using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using Payments.Api.RateLimiting;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Payments.Api.Authentication;

/// <summary>The built-in OAuth 2.0 token endpoint: client credentials of configured clients for tokens of this service, and nothing else.</summary>
internal static class TokenEndpoint
{
    public const string Path = "api/auth/oauth/token";

    public const string Issuer = "https://payments.invalid/";

    private static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(1);

    public static void AddTokenEndpoint(this IServiceCollection services, AuthenticationSettings settings)
    {
        services.AddSingleton(_ => new OAuthClients(settings.Clients));
        services.AddOptions<OpenIddictServerOptions>().Configure<SigningKeys>((server, keys) => server.SigningCredentials.Add(Credentials(keys)));
        services.AddOpenIddict().AddServer(server =>
        {
            server.SetIssuer(Issuer);
            server.SetTokenEndpointUris(Path);
            // The issuer is a name and no address, so there is nothing to discover.
            server.SetConfigurationEndpointUris(Array.Empty<Uri>());
            server.SetJsonWebKeySetEndpointUris(Array.Empty<Uri>());
            server.AllowClientCredentialsFlow();
            server.RegisterScopes([.. Scope.All]);
            server.SetAccessTokenLifetime(TokenLifetime);
            // No store of tokens, clients or scopes: the configuration is the list of clients, and a token proves itself.
            server.EnableDegradedMode();
            server.DisableAccessTokenEncryption();
            // It asks for one, though nothing is encrypted. One that it makes itself is RSA of 4096 bits, which takes one to three seconds of the start.
            server.AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));
            // TLS may end before this service; forwarding plain HTTP from elsewhere is the operator's to prevent.
            server.UseAspNetCore().DisableTransportSecurityRequirement();

            server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(async context =>
            {
                try
                {
                    var http = Http(context);
                    var client = await http.RequestServices.GetRequiredService<OAuthClients>()
                        .FindAsync(context.ClientId ?? "", context.ClientSecret ?? "", Caller.NetworkOf(http), http.RequestAborted);
                    if (client is null)
                    {
                        context.Reject(OpenIddictConstants.Errors.InvalidClient, "The client is not known or its secret is not right.");
                    }
                    else if (context.Request.GetScopes().Except(client.Scopes).Any())
                    {
                        context.Reject(OpenIddictConstants.Errors.InvalidScope, $"The client may ask for: {string.Join(' ', client.Scopes)}.");
                    }

                    context.Transaction.SetProperty(nameof(OAuthClient), client);
                }
                catch (TooManyFailedAttemptsException e)
                {
                    context.Reject(OpenIddictConstants.Errors.SlowDown, e.Message);
                }
            }));
            server.AddEventHandler<HandleTokenRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                var requested = context.Request.GetScopes();
                var identity = new ClaimsIdentity(authenticationType: "client_credentials");
                identity.SetClaim(OpenIddictConstants.Claims.Subject, context.ClientId);
                identity.SetScopes(requested.IsEmpty ? [.. context.Transaction.GetProperty<OAuthClient>(nameof(OAuthClient))!.Scopes] : requested);
                identity.SetAudiences(settings.Audience);
                context.SignIn(new ClaimsPrincipal(identity));
                return default;
            }));
            // The key of now, in the place of the one that there was at the start.
            server.AddEventHandler<GenerateTokenContext>(handler => handler
                .SetOrder(OpenIddictServerHandlers.Protection.AttachSecurityCredentials.Descriptor.Order + 1)
                .UseInlineHandler(context =>
                {
                    context.SigningCredentials = Credentials(Http(context).RequestServices.GetRequiredService<SigningKeys>());
                    return default;
                }));
            // The links to OpenIddict's own pages do not help a caller of this service.
            server.AddEventHandler<ApplyTokenResponseContext>(handler => handler.SetOrder(int.MinValue).UseInlineHandler(context =>
            {
                context.Response.ErrorUri = null;
                return default;
            }));
            // RFC 6749 knows no answer for it, RFC 6585 does; 400 would say that the request can never be right.
            server.AddEventHandler<ApplyTokenResponseContext>(handler => handler
                .SetOrder(OpenIddictServerAspNetCoreHandlers.AttachHttpResponseCode<ApplyTokenResponseContext>.Descriptor.Order + 1)
                .UseInlineHandler(context =>
                {
                    if (context.Response.Error == OpenIddictConstants.Errors.SlowDown)
                    {
                        var response = Http(context).Response;
                        response.StatusCode = StatusCodes.Status429TooManyRequests;
                        response.Headers.RetryAfter = OAuthClients.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
                    }

                    return default;
                }));
        });
    }

    private static SigningCredentials Credentials(SigningKeys keys) => new(keys.Signing, SecurityAlgorithms.EcdsaSha256);

    private static HttpContext Http(BaseContext context) => context.Transaction.GetHttpRequest()!.HttpContext;
}
