using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Net.Http.Headers;
using Payments.Domain;

namespace Payments.Api.Authentication;

/// <summary>Who may call: a JWT bearer token of the built-in endpoint or of the outside authority, with the scope that the action needs.</summary>
internal static class BearerTokens
{
    // Public-key signatures only: a token without one, or signed with the public key as a shared secret, is refused.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public static void AddBearerTokens(this IServiceCollection services, AuthenticationSettings settings)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(bearer =>
        {
            bearer.MapInboundClaims = false;
            bearer.TokenHandlers.Clear();
            bearer.TokenHandlers.Add(new TokenValidationCache(TimeProvider.System) { MapInboundClaims = false });
            bearer.TokenValidationParameters.ValidAudience = settings.Audience;
            if (settings.Authority is { } authority)
            {
                bearer.Authority = authority.ToString();
                bearer.RequireHttpsMetadata = authority.Scheme == Uri.UriSchemeHttps;
                bearer.TokenValidationParameters.ValidAlgorithms = Algorithms;
                // RFC 9068's type, and the plain one or none (Okta) of the many servers that came before it.
                bearer.TokenValidationParameters.TypeValidator = (type, _, _) => type is null or "" or "at+jwt" or "application/at+jwt" or "JWT"
                    ? type
                    : throw new SecurityTokenInvalidTypeException();
            }
            else
            {
                bearer.TokenValidationParameters.ValidIssuer = TokenEndpoint.Issuer;
                bearer.TokenValidationParameters.ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256];
                bearer.TokenValidationParameters.ValidTypes = ["at+jwt"];
                bearer.TokenValidationParameters.ClockSkew = TimeSpan.Zero;
            }

            bearer.Events = new JwtBearerEvents
            {
                // A token is not refused because its authority has not been reached, of which the handler says that its issuer is invalid.
                OnAuthenticationFailed = async context =>
                {
                    try
                    {
                        await (context.Options.ConfigurationManager?.GetConfigurationAsync(context.HttpContext.RequestAborted) ?? Task.CompletedTask);
                    }
                    catch (InvalidOperationException e)
                    {
                        throw new UnavailableException("The authority of the tokens does not answer.", e);
                    }
                },
                // The handler calls every audience "(null)", and of what it has no words for it says nothing.
                OnChallenge = context =>
                {
                    context.ErrorDescription = context.AuthenticateFailure switch
                    {
                        SecurityTokenInvalidAudienceException => "The audience is not that of this service",
                        not null when string.IsNullOrEmpty(context.ErrorDescription) => "The form, the type or the signature of the token is not right",
                        _ => context.ErrorDescription,
                    };
                    return Task.CompletedTask;
                },
                OnForbidden = context =>
                {
                    // RFC 6750, section 3.1
                    var scopes = context.HttpContext.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy);
                    context.Response.Headers[HeaderNames.WWWAuthenticate] =
                        $"Bearer error=\"insufficient_scope\", scope=\"{string.Join(' ', scopes ?? [])}\"";
                    return Task.CompletedTask;
                },
            };
        });

        if (settings.Authority is null)
        {
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SigningKeys>(provider, settings.SigningKeyFile));
            services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<SigningKeys>((bearer, keys) =>
                bearer.TokenValidationParameters.IssuerSigningKeyResolver = (_, _, keyId, _) => keys.Accepted(keyId));
        }

        var authorization = services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        foreach (var scope in Scope.All)
        {
            authorization.AddPolicy(scope, policy => policy.RequireAuthenticatedUser().RequireAssertion(context => HasScope(context.User, scope)));
        }
    }

    // One claim with spaces (RFC 8693), several claims, or the name that Microsoft Entra gives it.
    private static bool HasScope(ClaimsPrincipal user, string scope) =>
        user.Claims.Any(claim => claim.Type is "scope" or "scp" && claim.Value.Split(' ').Contains(scope, StringComparer.Ordinal));
}
