using Microsoft.Extensions.Hosting;
using Moq;
using Payments.Api.Authentication;
using Payments.Api.Dashboard;
using Payments.Api.Hosting;

namespace Payments.Api.Tests.Dashboard;

public sealed class DashboardSettingsTests
{
    private static readonly IHostEnvironment Environment = Mock.Of<IHostEnvironment>(environment =>
        environment.EnvironmentName == "Production" && environment.ContentRootPath == Path.GetTempPath());

    private static readonly string Hash = Credential.SlowHash("right");

    private static IEnumerable<TestCaseData> WrongUsers =>
    [
        new(new UserSettings { PasswordHash = Hash, Scopes = [Scope.Read] }, "Dashboard:Users:0:Name is not set. Set it to the name that the user types."),
        new(new UserSettings { Name = " ada", PasswordHash = Hash, Scopes = [Scope.Read] },
            "Dashboard:Users:0:Name is ' ada'. Set it to at most 100 characters without spaces at the start and end."),
        new(new UserSettings { Name = "ada", Scopes = [Scope.Read] }, "Dashboard:Users:0:PasswordHash is not set. Set it to the output of the command hash-secret."),
        new(new UserSettings { Name = "ada", PasswordHash = "plain", Scopes = [Scope.Read] },
            "Dashboard:Users:0:PasswordHash is not a hash of a password. Set it to the output of the command hash-secret."),
        new(new UserSettings { Name = "ada", PasswordHash = Hash, Scopes = [Scope.Write] },
            "Dashboard:Users:0:Scopes does not contain payments:read, which every page needs. Set it to 'payments:read' or 'payments:read payments:write'."),
        new(new UserSettings { Name = "ada", PasswordHash = Hash, Scopes = [Scope.Read, "all"] },
            "Dashboard:Users:0:Scopes contains 'all'. Set it to 'payments:read' or 'payments:read payments:write'."),
    ];

    [TestCaseSource(nameof(WrongUsers))]
    public void Checks_WrongUser_HasOneLine(object user, string error) => Assert.That(Errors(new() { Users = { ["0"] = (UserSettings)user } }), Is.EqualTo((string[])[error]));

    [Test]
    public void Checks_TwoUsersWithOneName_HasOneLine() => Assert.That(
        Errors(new() { Users = { ["0"] = Ada(), ["1"] = Ada() } }),
        Is.EqualTo((string[])["Dashboard:Users:1:Name is 'ada', which another user already has. Set a different name for each user."]));

    [Test]
    public void Checks_UsersAndAuthority_HasOneLine() => Assert.That(
        Errors(new() { Users = { ["0"] = Ada() } }, "https://id.example.com"),
        Is.EqualTo((string[])["Dashboard:Users is set, but people sign in at Authentication:Authority. Remove one of them."]));

    [Test]
    public void Checks_ClientWithoutAuthority_HasOneLine() => Assert.That(
        Errors(new() { ClientId = "payments-dashboard" }),
        Is.EqualTo((string[])["Dashboard:ClientId is 'payments-dashboard', but Authentication:Authority is not set. Set it to the URL of the OpenID Connect server, or remove Dashboard:ClientId."]));

    [Test]
    public void Checks_SecretWithoutClient_HasOneLineWithoutTheSecret() => Assert.That(
        Errors(new() { ClientSecret = "hidden" }, "https://id.example.com"),
        Is.EqualTo((string[])["Dashboard:ClientSecret is set, but Dashboard:ClientId is not. Set both, or remove Dashboard:ClientSecret."]));

    [Test]
    public void Checks_RightSettings_HaveNoError() => Assert.Multiple(() =>
    {
        Assert.That(Errors(new()), Is.Empty);
        Assert.That(Errors(new() { Users = { ["0"] = Ada() } }), Is.Empty);
        Assert.That(Errors(new() { ClientId = "public-client", ScopePrefix = "api://payments/" }, "https://id.example.com"), Is.Empty);
    });

    private static UserSettings Ada() => new() { Name = "ada", PasswordHash = Hash, Scopes = [.. Scope.All] };

    private static string[] Errors(DashboardSettings settings, string authority = "")
    {
        settings.Complete(new() { Authority = authority }, Environment);
        return settings.Errors(Environment);
    }
}
