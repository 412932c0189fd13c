using System.Collections.Concurrent;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Payments.Api.Authentication;

/// <summary>Caches a successful validation for one minute, never past the token's expiry.</summary>
/// <remarks>Checking the signature costs more than the rest of a request outside the database, and a client sends one token many times.</remarks>
internal sealed class TokenValidationCache(TimeProvider clock) : JsonWebTokenHandler
{
    // A key that the authority has withdrawn can be used this much longer.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    // A few MB at most. A client has one token, and rejected tokens are not cached.
    private const int MaxTokens = 1000;

    private readonly ConcurrentDictionary<string, (TokenValidationResult Result, DateTimeOffset Until)> _known = new(StringComparer.Ordinal);

    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        var now = clock.GetUtcNow();
        if (_known.TryGetValue(token, out var known) && now < known.Until)
        {
            return known.Result;
        }

        var result = await base.ValidateTokenAsync(token, validationParameters);
        if (result.IsValid)
        {
            if (_known.Count >= MaxTokens)
            {
                _known.Clear();
            }

            _ = result.ClaimsIdentity; // created on first use, which is not thread-safe
            var until = now + Lifetime;
            var end = new DateTimeOffset(result.SecurityToken.ValidTo);
            _known[token] = (result, end < until ? end : until);
        }

        return result;
    }
}
