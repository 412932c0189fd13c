using System.Collections.Concurrent;
using System.Xml.Linq;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.IdentityModel.Tokens;
using Payments.Api.Hosting;
using Payments.Dashboard.Session;

namespace Payments.Api.Authentication;

/// <summary>Access by JWT bearer tokens of the built-in token endpoint or of an external authority, with the scope that the action requires.</summary>
internal static class BearerTokens
{
    // Public-key signatures only: a token that is unsigned, or signed with the public key as a shared secret, is rejected.
    public static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public static void AddBearerTokens(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<AuthenticationSettings>("Authentication").PostConfigure<IHostEnvironment>((settings, environment) => settings.Complete(environment));
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        // Authentication adds data protection and creates a key at start. Only the dashboard uses it. Without the dashboard, the key stays in memory instead of
        // the home folder.
        services.Configure<KeyManagementOptions>(keys => keys.XmlRepository = new KeysInMemory());
        var bearer = services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<AuthenticationSettings>>((bearer, settings) => Configure(bearer, settings.Value));
        if (string.IsNullOrEmpty(builder.Configuration[AuthenticationSettings.AuthorityKey]))
        {
            services.AddSingleton<SigningKeys>();
            // At start, so that a key that cannot be used stops it, but not before the other settings are checked.
            bearer.ValidateOnStart().Configure<IServiceProvider>((bearer, provider) =>
            {
                var keys = provider.GetRequiredService<SigningKeys>();
                bearer.TokenValidationParameters.IssuerSigningKeyResolver = (_, _, keyId, _) => keys.Accepted(keyId);
            });
            services.AddTokenEndpoint();
        }

        services.AddAuthorization(authorization =>
        {
            authorization.FallbackPolicy = authorization.DefaultPolicy;
            foreach (var scope in Scope.All)
            {
                authorization.AddPolicy(scope, policy => policy.RequireAssertion(context => context.User.HasScope(scope)));
            }
        });
    }

    private static void Configure(JwtBearerOptions bearer, AuthenticationSettings settings)
    {
        bearer.TokenHandlers.Clear();
        bearer.TokenHandlers.Add(new TokenValidationCache(TimeProvider.System));
        bearer.TokenValidationParameters.ValidAudience = settings.Audience;
        if (settings.Authority.Length > 0)
        {
            bearer.Authority = settings.Authority;
            // The settings allow http in Development only.
            bearer.RequireHttpsMetadata = settings.Authority.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
            bearer.TokenValidationParameters.ValidAlgorithms = Algorithms;
            // RFC 9068's type, and those of the many servers that are older: JWT or none (Okta).
            bearer.TokenValidationParameters.TypeValidator = (type, _, _) => type is null or "" or "at+jwt" or "application/at+jwt" or "JWT"
                ? type : throw new SecurityTokenInvalidTypeException();
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
            // If the authority cannot be reached, the handler reports an invalid issuer, though the token may be good.
            OnAuthenticationFailed = async context =>
            {
                try
                {
                    await (context.Options.ConfigurationManager?.GetConfigurationAsync(context.HttpContext.RequestAborted) ?? Task.CompletedTask);
                }
                catch (InvalidOperationException e)
                {
                    throw new UnavailableException("The authority of the tokens does not respond.", e);
                }
            },
            // The handler shows every audience as "(null)", and describes some failures not at all.
            OnChallenge = context =>
            {
                context.ErrorDescription = context.AuthenticateFailure switch
                {
                    SecurityTokenInvalidAudienceException => "The audience is not this service",
                    not null when string.IsNullOrEmpty(context.ErrorDescription) => "The format, the type or the signature of the token is invalid",
                    _ => context.ErrorDescription,
                };
                return Task.CompletedTask;
            },
            OnForbidden = context =>
            {
                // RFC 6750, section 3.1
                var scopes = context.HttpContext.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy);
                context.Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{string.Join(' ', scopes ?? [])}\"";
                return Task.CompletedTask;
            },
        };
    }

    private sealed class KeysInMemory : IXmlRepository
    {
        private readonly ConcurrentQueue<XElement> _keys = [];

        public IReadOnlyCollection<XElement> GetAllElements() => _keys;

        public void StoreElement(XElement element, string friendlyName) => _keys.Enqueue(element);
    }
}
