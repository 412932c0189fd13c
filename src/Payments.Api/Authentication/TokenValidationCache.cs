using System.Collections.Concurrent;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Payments.Api.Authentication;

/// <summary>
/// Validates a token in full, and then takes the same text for a minute as what it was found to be, though not beyond its own end: a caller
/// sends one token with thousands of requests, and its signature costs more to check than all else between the socket and the store.
/// </summary>
internal sealed class TokenValidationCache(TimeProvider clock) : JsonWebTokenHandler
{
    // How long a key that the authority has withdrawn can still be of use.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    // A few MB at most. Callers have one token each; who makes up many has them refused, and what is refused is not kept.
    private const int MaxTokens = 1000;

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        var now = clock.GetUtcNow();
        if (_known.TryGetValue(token, out var known))
        {
            if (now < known.Until)
            {
                return known.Result;
            }

            _known.TryRemove(token, out _);
        }

        var result = await base.ValidateTokenAsync(token, validationParameters);
        if (result.IsValid)
        {
            if (_known.Count >= MaxTokens)
            {
                _known.Clear();
            }

            _ = result.ClaimsIdentity; // made at the first look, and from then on only read
            var until = now + Lifetime;
            var end = new DateTimeOffset(result.SecurityToken.ValidTo);
            _known[token] = new(result, end < until ? end : until);
        }

        return result;
    }

    private sealed record Known(TokenValidationResult Result, DateTimeOffset Until);
}
