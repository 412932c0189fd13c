using System.Security.Cryptography;
using System.Text;
using Payments.Infrastructure;

namespace Payments.Api.Authentication;

/// <summary>A client of the built-in token endpoint. Of its secret only the hash is kept.</summary>
internal sealed class OAuthClient(string id, string secret, IReadOnlyList<string> scopes)
{
    private readonly byte[] _secretHash = Hash(secret);

    public string Id { get; } = id;

    /// <summary>All that the client may ask for.</summary>
    public IReadOnlyList<string> Scopes { get; } = scopes;

    /// <summary>Reads one entry of <c>Authentication:Clients</c>.</summary>
    /// <exception cref="StartupException">A part of it is missing or has no meaning.</exception>
    public static OAuthClient From(IConfigurationSection client)
    {
        // One text with spaces, as OAuth writes them, or a JSON array.
        var scopes = client.GetSection("Scopes").GetChildren().Select(scope => scope.Value).Prepend(client["Scopes"])
            .SelectMany(scope => (scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToArray();
        if (client["ClientId"] is not { Length: > 0 } id || client["ClientSecret"] is not { Length: > 0 } secret || scopes.Length == 0)
        {
            throw new StartupException($"{client.Path} needs ClientId, ClientSecret and Scopes (such as '{Scope.Read} {Scope.Write}').");
        }

        return scopes.Except(Scope.All, StringComparer.Ordinal).FirstOrDefault() is { } unknown
            ? throw new StartupException($"{client.Path}:Scopes has '{unknown}'. The scopes are {string.Join(" and ", Scope.All)}.")
            : new(id, secret, scopes);
    }

    /// <summary>Whether this is the client's secret; the time it takes does not depend on how much of it is right.</summary>
    public bool HasSecret(string secret) => CryptographicOperations.FixedTimeEquals(_secretHash, Hash(secret));

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
