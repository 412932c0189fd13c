using Payments.Api.Hosting;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Authentication;

internal sealed class AuthenticationSettings : ISettings
{
    public const string AuthorityKey = "Authentication:Authority";

    /// <summary>A client whose secret is public, so it exists in Development only, and only if no client is set.</summary>
    public static ClientSettings DevelopmentClient { get; } = new() { ClientId = "payments-dev", ClientSecret = "payments-dev-secret", Scopes = [.. Scope.All] };

    /// <summary>The URL of an external OAuth 2.0 server; empty if the built-in token endpoint is used.</summary>
    public string Authority { get; set => field = value ?? ""; } = "";

    public string Audience { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = "payments";

    public Dictionary<string, ClientSettings> Clients { get; } = [];

    /// <summary>The private key of the built-in token endpoint; created at the first start.</summary>
    public string SigningKeyFile { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = "data/signing-key.pem";

    public void Complete(IHostEnvironment environment)
    {
        SigningKeyFile = Path.GetFullPath(SigningKeyFile, environment.ContentRootPath);
        if (Clients.Count == 0 && environment.IsDevelopment())
        {
            Clients.Add("Development", DevelopmentClient);
        }
    }

    public IEnumerable<(bool IsWrong, string Error)> Checks(IHostEnvironment environment) => Authority.Length > 0
        ? [(!IsSafe(Authority, environment), $"{AuthorityKey} is '{Authority}'. Set it to the https URL of the OAuth 2.0 server (http is accepted in Development only).")]
        :
        [
            (Clients.Count == 0,
                $"{AuthorityKey} and Authentication:Clients are not set, so no client can get a token. Set {AuthorityKey} to the URL of an OAuth 2.0 "
                + "server, or set Authentication:Clients:0:ClientId, Authentication:Clients:0:ClientSecret and Authentication:Clients:0:Scopes "
                + "(in the environment with __ for each colon)."),
            .. Clients.SelectMany(client => client.Value.Checks($"Authentication:Clients:{client.Key}", environment)),
            .. Clients.GroupBy(client => client.Value.ClientId, StringComparer.Ordinal).SelectMany(clients => clients.Skip(1)).Select(client => (
                client.Value.ClientId.Length > 0,
                $"Authentication:Clients:{client.Key}:ClientId is '{client.Value.ClientId}', which another client already uses. Set a different id for each client.")),
        ];

    private static bool IsSafe(string authority, IHostEnvironment environment) => Uri.TryCreate(authority, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && environment.IsDevelopment()));
}

/// <summary>A client of the built-in token endpoint.</summary>
internal sealed class ClientSettings
{
    public string ClientId { get; set => field = value ?? ""; } = "";
    public string ClientSecret { get; set => field = value ?? ""; } = "";

    /// <summary>The output of the command hash-secret, so that the secret itself is not in a file.</summary>
    public string ClientSecretHash { get; set => field = value ?? ""; } = "";

    public SettingList Scopes { get; set => field = value ?? []; } = [];

    public IEnumerable<(bool IsWrong, string Error)> Checks(string key, IHostEnvironment environment) =>
    [
        (ClientId.Length == 0, $"{key}:ClientId is not set. Set it to the id that the client sends."),
        (ClientSecret.Length == 0 && ClientSecretHash.Length == 0,
            $"{key}:ClientSecret is not set. Set it, or set {key}:ClientSecretHash to the output of the command hash-secret."),
        (ClientSecret.Length > 0 && ClientSecretHash.Length > 0, $"{key}:ClientSecret and {key}:ClientSecretHash are both set. Set only one of them."),
        (ClientSecret.Length == 0 && ClientSecretHash.Length > 0 && !Credential.IsSlowHash(ClientSecretHash),
            $"{key}:ClientSecretHash is not a hash of a secret. Set it to the output of the command hash-secret."),
        (ClientSecret == AuthenticationSettings.DevelopmentClient.ClientSecret && !environment.IsDevelopment(),
            $"{key}:ClientSecret is the public secret of the Development client. Set it to a secret of your own."),
        (Scopes.Count == 0, $"{key}:Scopes is not set. Set it to one or more of: {string.Join(' ', Scope.All)}."),
        .. Scopes.Except(Scope.All, StringComparer.Ordinal)
            .Select(unknown => (true, $"{key}:Scopes contains '{unknown}'. Set it to one or more of: {string.Join(' ', Scope.All)}.")),
    ];
}

/// <summary>The scopes of a token. Each is an authorization policy of the same name.</summary>
internal static class Scope
{
    public const string Read = "payments:read";
    public const string Write = "payments:write";

    public static IReadOnlyList<string> All { get; } = [Read, Write];
}
