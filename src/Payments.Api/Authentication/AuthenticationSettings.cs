using Payments.Infrastructure.Startup;

namespace Payments.Api.Authentication;

/// <summary>The settings under <c>Authentication</c>.</summary>
/// <param name="Authority">The address of an outside OAuth 2.0 server; null where the built-in token endpoint is used.</param>
/// <param name="Audience">Whom a token must be meant for.</param>
/// <param name="Clients">The clients of the built-in token endpoint.</param>
/// <param name="SigningKeyFile">The key that the built-in token endpoint signs with, made at the first start.</param>
internal sealed record AuthenticationSettings(Uri? Authority, string Audience, IReadOnlyList<OAuthClient> Clients, string SigningKeyFile)
{
    public const string DevelopmentClientSecret = "payments-dev-secret";

    /// <summary>The one client that is known where nothing is configured, in Development only.</summary>
    public static OAuthClient DevelopmentClient { get; } = new("payments-dev", DevelopmentClientSecret, Scope.All);

    /// <summary>Reads the settings.</summary>
    /// <exception cref="StartupException">The service would be open to everybody, or a setting has no meaning.</exception>
    public static AuthenticationSettings From(IConfiguration authentication, IHostEnvironment environment)
    {
        var audience = authentication["Audience"] is { Length: > 0 } given ? given : "payments";
        var keyFile = authentication["SigningKeyFile"] is { Length: > 0 } path ? path : "data/signing-key.pem";
        keyFile = Path.GetFullPath(keyFile, environment.ContentRootPath);
        if (authentication["Authority"] is { Length: > 0 } authority)
        {
            return Uri.TryCreate(authority, UriKind.Absolute, out var uri)
                && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && environment.IsDevelopment()))
                    ? new(uri, audience, [], keyFile)
                    : throw new StartupException(
                        $"Authentication:Authority is '{authority}'. Set it to the https address of the OAuth 2.0 server (http in Development only).");
        }

        OAuthClient[] clients = [.. authentication.GetSection("Clients").GetChildren().Select(OAuthClient.From)];
        if (clients.Length == 0)
        {
            return environment.IsDevelopment()
                ? new(null, audience, [DevelopmentClient], keyFile)
                : throw new StartupException(
                    "Nobody could get a token. Set Authentication:Authority to the address of an OAuth 2.0 server, or set the clients of the "
                    + "built-in token endpoint: Authentication:Clients:0:ClientId, Authentication:Clients:0:ClientSecret and "
                    + "Authentication:Clients:0:Scopes (in the environment with __ for each colon).");
        }

        if (clients.Select(client => client.Id).Distinct(StringComparer.Ordinal).Count() < clients.Length)
        {
            throw new StartupException("Two of Authentication:Clients have the same ClientId. Give each its own.");
        }

        if (!environment.IsDevelopment() && clients.Any(client => !client.IsSlowToCheck && client.HasSecret(DevelopmentClientSecret)))
        {
            throw new StartupException("A client's secret is the one that Development is known for. Set Authentication:Clients to a secret of your own.");
        }

        return new(null, audience, clients, keyFile);
    }
}
