using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Payments.Api.Authentication;

namespace Payments.Api.Tests.Authentication;

public sealed class TokenValidationCacheTests
{
    private readonly ECDsaSecurityKey _key = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "key" };
    private FakeTimeProvider _clock = null!;
    private int _checked;

    [SetUp]
    public void Reset()
    {
        _clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        _checked = 0;
    }

    [Test]
    public async Task Validate_SameTokenWithinAMinute_ChecksSignatureOnce()
    {
        var tokens = new TokenValidationCache(_clock);
        var token = Token(TimeSpan.FromHours(1));
        await ValidateAsync(tokens, token, isValid: true);
        _clock.Advance(TimeSpan.FromSeconds(59));
        await ValidateAsync(tokens, token, isValid: true);
        Assert.That(_checked, Is.EqualTo(1));
    }

    [TestCase(3600, 61)]
    [TestCase(30, 31)]
    public async Task Validate_AfterAMinuteOrExpiry_ChecksSignatureAgain(int lifetime, int later)
    {
        var tokens = new TokenValidationCache(_clock);
        var token = Token(TimeSpan.FromSeconds(lifetime));
        await ValidateAsync(tokens, token, isValid: true);
        _clock.Advance(TimeSpan.FromSeconds(later));
        await ValidateAsync(tokens, token, isValid: true);
        Assert.That(_checked, Is.EqualTo(2));
    }

    [Test]
    public async Task Validate_SignatureOfOtherToken_FailsEachTime()
    {
        var tokens = new TokenValidationCache(_clock);
        var token = Token(TimeSpan.FromHours(1));
        await ValidateAsync(tokens, token, isValid: true);
        var forged = token[..token.LastIndexOf('.')] + Token(TimeSpan.FromHours(2))[token.LastIndexOf('.')..];
        await ValidateAsync(tokens, forged, isValid: false);
        await ValidateAsync(tokens, forged, isValid: false);
        await ValidateAsync(tokens, token, isValid: true);
    }

    private async Task ValidateAsync(TokenValidationCache tokens, string token, bool isValid)
    {
        var result = await tokens.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidateAudience = false,
            ValidateIssuer = false,
            IssuerSigningKeyResolver = (_, _, _, _) =>
            {
                _checked++;
                return [_key];
            },
        });
        Assert.That(result.IsValid, Is.EqualTo(isValid));
        if (isValid)
        {
            Assert.That(result.ClaimsIdentity.FindFirst("sub")?.Value, Is.EqualTo("caller"));
        }
    }

    private string Token(TimeSpan lifetime) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Subject = new ClaimsIdentity([new Claim("sub", "caller")]),
        Expires = DateTime.UtcNow + lifetime,
        SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.EcdsaSha256),
    });
}
