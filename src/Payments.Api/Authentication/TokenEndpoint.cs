using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Payments.Api.Authentication;

/// <summary>The built-in OAuth 2.0 token endpoint: client credentials of configured clients for tokens of this service, and nothing else.</summary>
internal static class TokenEndpoint
{
    public const string Path = "api/auth/oauth/token";

    public const string Issuer = "https://payments.invalid/";

    private static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(1);

    public static void AddTokenEndpoint(this IServiceCollection services, AuthenticationSettings settings, SecurityKey signingKey)
    {
        var clients = settings.Clients.ToDictionary(client => client.Id, StringComparer.Ordinal);
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
            server.AddSigningKey(signingKey);
            // It asks for one, though nothing is encrypted. One that it makes itself is RSA of 4096 bits, which takes one to three seconds of the start.
            server.AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));
            // TLS may end before this service; forwarding plain HTTP from elsewhere is the operator's to prevent.
            server.UseAspNetCore().DisableTransportSecurityRequirement();

            server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (!clients.TryGetValue(context.ClientId ?? "", out var client) || !client.HasSecret(context.ClientSecret ?? ""))
                {
                    context.Reject(OpenIddictConstants.Errors.InvalidClient, "The client is not known or its secret is not right.");
                }
                else if (context.Request.GetScopes().Except(client.Scopes).Any())
                {
                    context.Reject(OpenIddictConstants.Errors.InvalidScope, $"The client may ask for: {string.Join(' ', client.Scopes)}.");
                }

                return default;
            }));
            server.AddEventHandler<HandleTokenRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                var requested = context.Request.GetScopes();
                var identity = new ClaimsIdentity(authenticationType: "client_credentials");
                identity.SetClaim(OpenIddictConstants.Claims.Subject, context.ClientId);
                identity.SetScopes(requested.IsEmpty ? [.. clients[context.ClientId!].Scopes] : requested);
                identity.SetAudiences(settings.Audience);
                context.SignIn(new ClaimsPrincipal(identity));
                return default;
            }));
            // The links to OpenIddict's own pages do not help a caller of this service.
            server.AddEventHandler<ApplyTokenResponseContext>(handler => handler.SetOrder(int.MinValue).UseInlineHandler(context =>
            {
                context.Response.ErrorUri = null;
                return default;
            }));
        });
    }
}
