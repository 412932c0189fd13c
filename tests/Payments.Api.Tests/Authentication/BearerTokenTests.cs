using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Payments.Api.Tests.Authentication;

public sealed class BearerTokenTests
{
    private const string Issuer = "https://payments.invalid/";

    private PaymentsService _service = null!;
    private ECDsa _key = null!;

    [OneTimeSetUp]
    public void Start()
    {
        _service = new PaymentsService();
        _key = ECDsa.Create();
        _key.ImportFromPem(File.ReadAllText(_service.SigningKeyFile));
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _key.Dispose();
        _service.Dispose();
    }

    [Test]
    public async Task Request_ValidToken_Returns200() => Assert.That(await _service.Client.StatusAsync(Token()), Is.EqualTo(200));

    [Test]
    public async Task Request_NoToken_Returns401WithoutError()
    {
        using var response = await _service.Client.GetAsync("api/payments/connectors");
        Assert.Multiple(async () =>
        {
            Assert.That((int)response.StatusCode, Is.EqualTo(401));
            Assert.That(response.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer"));
            Assert.That((string?)(await response.JsonAsync())["errorCode"], Is.EqualTo("UNAUTHORIZED"));
        });
    }

    private static IEnumerable<TestCaseData> InvalidTokens()
    {
        yield return new TestCaseData((BearerTokenTests tests) => "x").SetArgDisplayNames("no JWT");
        yield return new TestCaseData((BearerTokenTests tests) => tests.Token(issuer: "https://elsewhere.invalid/")).SetArgDisplayNames("another issuer");
        yield return new TestCaseData((BearerTokenTests tests) => tests.Token(audience: "ledger")).SetArgDisplayNames("another audience");
        yield return new TestCaseData((BearerTokenTests tests) => tests.Token(expires: DateTime.UtcNow.AddSeconds(-1))).SetArgDisplayNames("expired");
        yield return new TestCaseData((BearerTokenTests tests) => tests.Token(notBefore: DateTime.UtcNow.AddMinutes(2))).SetArgDisplayNames("not yet valid");
        yield return new TestCaseData((BearerTokenTests tests) => tests.Token(type: "JWT")).SetArgDisplayNames("another type");
        yield return new TestCaseData((BearerTokenTests tests) => tests.Token(key: new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256))))
            .SetArgDisplayNames("another key");
        yield return new TestCaseData((BearerTokenTests tests) => tests.Unsigned()).SetArgDisplayNames("no signature");
        yield return new TestCaseData((BearerTokenTests tests) => tests.Token(algorithm: SecurityAlgorithms.EcdsaSha384)).SetArgDisplayNames("another algorithm");
        yield return new TestCaseData((BearerTokenTests tests) => tests.SignedWithPublicKeyAsSecret()).SetArgDisplayNames("HMAC with the public key");
        yield return new TestCaseData((BearerTokenTests tests) => tests.Token()[..^4] + "AAAA").SetArgDisplayNames("a changed signature");
    }

    [TestCaseSource(nameof(InvalidTokens))]
    public async Task Request_InvalidToken_Returns401AndReason(Func<BearerTokenTests, string> token)
    {
        using var response = await SendAsync(token(this));
        Assert.Multiple(async () =>
        {
            Assert.That((int)response.StatusCode, Is.EqualTo(401));
            Assert.That(response.Headers.WwwAuthenticate.ToString(), Does.StartWith("Bearer error=\"invalid_token\", error_description=\"The ").And.Not.Contains("(null)"));
            Assert.That((string?)(await response.JsonAsync())["errorCode"], Is.EqualTo("UNAUTHORIZED"));
        });
    }

    [TestCase("scope", "payments:write", "payments:read")]
    [TestCase("scp", "payments:write payments:read")]
    [TestCase("scp", "payments:write", "payments:read")]
    public async Task Request_ScopesAsArrayOrInScpClaim_Returns200(string claim, params string[] scopes)
    {
        var token = Token(claims: new() { [claim] = scopes is [var all] ? all : scopes });
        Assert.That(await _service.Client.StatusAsync(token), Is.EqualTo(200));
    }

    [TestCase("payments:write")]
    [TestCase("payments:reader")]
    [TestCase("xpayments:read")]
    [TestCase("")]
    public async Task Request_MissingScope_Returns403NamingScope(string scope)
    {
        using var response = await SendAsync(Token(scope: scope));
        Assert.Multiple(async () =>
        {
            Assert.That((int)response.StatusCode, Is.EqualTo(403));
            Assert.That(response.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer error=\"insufficient_scope\", scope=\"payments:read\""));
            Assert.That((string?)(await response.JsonAsync())["errorCode"], Is.EqualTo("FORBIDDEN"));
        });
    }

    [Test]
    public async Task Create_ReadOnlyToken_Returns403()
    {
        using var response = await _service.Client.SendWithTokenAsync(Token(scope: "payments:read"), HttpMethod.Post, "api/payments/payments", "{}");
        Assert.That((int)response.StatusCode, Is.EqualTo(403));
        Assert.That(response.Headers.WwwAuthenticate.ToString(), Does.Contain("scope=\"payments:write\""));
    }

    private string Token(
        string issuer = Issuer,
        string audience = "payments",
        string type = "at+jwt",
        string scope = "payments:read payments:write",
        DateTime? expires = null,
        DateTime? notBefore = null,
        SecurityKey? key = null,
        string algorithm = SecurityAlgorithms.EcdsaSha256,
        Dictionary<string, object>? claims = null) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            TokenType = type,
            Expires = expires ?? DateTime.UtcNow.AddMinutes(5),
            NotBefore = notBefore,
            Claims = claims ?? new() { ["sub"] = "somebody", ["scope"] = scope },
            SigningCredentials = new SigningCredentials(key ?? new ECDsaSecurityKey(_key), algorithm),
        });

    private string Unsigned() =>
        $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"at+jwt"}""")}.{Token().Split('.')[1]}.";

    private string SignedWithPublicKeyAsSecret()
    {
        var unsigned = $"{Base64UrlEncoder.Encode("""{"alg":"HS256","typ":"at+jwt"}""")}.{Token().Split('.')[1]}";
        var signature = HMACSHA256.HashData(Encoding.ASCII.GetBytes(_key.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(unsigned));
        return $"{unsigned}.{Base64UrlEncoder.Encode(signature)}";
    }

    private Task<HttpResponseMessage> SendAsync(string token) => _service.Client.SendWithTokenAsync(token, HttpMethod.Get, "api/payments/connectors");
}
