using System.Text;
using Microsoft.Extensions.Configuration;
using Payments.Api.Authentication;

namespace Payments.Api.Tests.Authentication;

public sealed class AuthenticationSettingsTests
{
    [TestCase("\"payments:read payments:write\"")]
    [TestCase("\"payments:read, payments:write\"")]
    [TestCase("[\"payments:read\", \"payments:write\"]")]
    public void Scopes_TextOrArray_AreRead(string scopes) =>
        Assert.That(Read($$"""{"Clients": [{"Scopes": {{scopes}}}]}""").Clients["0"].Scopes, Is.EqualTo(Scope.All));

    [TestCase("null")]
    [TestCase("\"\"")]
    public void Setting_NullOrEmpty_IsDefault(string value)
    {
        var settings = Read($$"""{"Authority": {{value}}, "Audience": {{value}}, "SigningKeyFile": {{value}}, "Clients": [{"ClientId": {{value}}, "Scopes": {{value}}}]}""");
        Assert.That((settings.Authority, settings.Audience, settings.SigningKeyFile), Is.EqualTo(("", "payments", "data/signing-key.pem")));
        Assert.That((settings.Clients["0"].ClientId, settings.Clients["0"].Scopes.Count), Is.EqualTo(("", 0)));
    }

    private static AuthenticationSettings Read(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build().Get<AuthenticationSettings>()!;
}
