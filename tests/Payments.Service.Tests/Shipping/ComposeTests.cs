using System.Data.Common;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Moq;
using Payments.Api.Authentication;
using Payments.Api.Hosting;
using Payments.Infrastructure.Database;
using YamlDotNet.Serialization;

namespace Payments.Service.Tests.Shipping;

/// <summary>That compose.yaml, which is run elsewhere, says what the service, the image and the script of the database understand.</summary>
public sealed partial class ComposeTests
{
    private static readonly string Text = RepositoryFolder.Read("compose.yaml");

    private static readonly Dictionary<object, object> Root = (Dictionary<object, object>)new Deserializer().Deserialize(Text)!;

    private static readonly Dictionary<object, object> Services = (Dictionary<object, object>)Root["services"];

    [Test]
    public void Settings_BuiltInTokenEndpoint_ConfigureDatabaseAndClient()
    {
        var settings = Settings(("PAYMENTS_DATABASE_PASSWORD", "db-1"), ("PAYMENTS_CLIENT_SECRET", "secret-1"));
        var database = settings.GetSection("Database").Get<DatabaseOptions>()!;
        var connection = new DbConnectionStringBuilder { ConnectionString = database.ConnectionString };
        var authentication = Authentication(settings);
        var script = RepositoryFolder.Read("ops/create-database.sql");
        Assert.Multiple(() =>
        {
            Assert.That(database.Provider, Is.EqualTo("SqlServer"));
            Assert.That(Services, Does.ContainKey(connection["Server"]));
            Assert.That(script, Does.Contain($"CREATE DATABASE {connection["Database"]};").And.Contain($"CREATE LOGIN {connection["User Id"]} WITH"));
            Assert.That(connection["Password"], Is.EqualTo("db-1"));
            Assert.That(authentication.Errors(Production), Is.Empty);
            Assert.That(authentication.Authority, Is.Empty);
            Assert.That(authentication.Clients.Values.Single().ClientSecret, Is.EqualTo("secret-1"));
            Assert.That(authentication.Clients.Values.Single().Scopes, Is.EqualTo(Scope.All));
        });
    }

    [Test]
    public void Settings_ExternalAuthority_NeedNoClient()
    {
        var settings = Settings(("PAYMENTS_DATABASE_PASSWORD", "db-1"), ("PAYMENTS_AUTHORITY", "https://id.example/realms/pay"), ("PAYMENTS_AUDIENCE", "pay-api"));
        var authentication = Authentication(settings);
        Assert.That(authentication.Errors(Production), Is.Empty);
        Assert.That((authentication.Authority, authentication.Audience), Is.EqualTo(("https://id.example/realms/pay", "pay-api")));
    }

    [Test]
    public void Settings_NoClientSecret_AreInvalid() =>
        Assert.That(Authentication(Settings()).Errors(Production), Is.Not.Empty);

    [Test]
    public void Passwords_ComposeFile_HaveNoDefault() => Assert.That(
        Variable().Matches(Text).Where(variable => variable.Groups["name"].Value.EndsWith("PASSWORD", StringComparison.Ordinal) && variable.Groups["default"].Length > 0),
        Is.Empty);

    [Test]
    public void Passwords_NotSet_StopCompose() => Assert.That(
        Variable().Matches(Text).Where(variable => variable.Groups["asked"].Success).Select(variable => variable.Groups["name"].Value),
        Is.EquivalentTo(((string[])["MSSQL_SA_PASSWORD", "PAYMENTS_DATABASE_PASSWORD"])));

    [Test]
    public void DatabaseScript_EachVariable_IsSet() => Assert.That(
        Environment("database").Keys,
        Is.SupersetOf(Regex.Matches(RepositoryFolder.Read("ops/create-database.sql"), @"\$\((\w+)\)").Select(variable => variable.Groups[1].Value).Distinct()));

    [Test]
    public void Port_Service_IsMappedToPortOfImage() =>
        Assert.That(((List<object>)Part("payments", "ports")).Single(), Does.EndWith($":{Dockerfile.Port}"));

    [Test]
    public void Volumes_EachService_AreDeclaredOrInRepository() => Assert.Multiple(() =>
    {
        foreach (var source in Services.Keys.SelectMany(service => (List<object>)Part((string)service, "volumes")).Select(volume => ((string)volume).Split(':')[0]))
        {
            Assert.That(
                source.StartsWith("./", StringComparison.Ordinal) ? File.Exists(Path.Combine(RepositoryFolder.Path, source)) : ((Dictionary<object, object>)Root["volumes"]).ContainsKey(source),
                Is.True,
                source);
        }
    });

    [Test]
    public void Volume_Service_IsVolumeOfImage() =>
        Assert.That(((List<object>)Part("payments", "volumes")).Single(), Does.EndWith($":{Dockerfile.Only("VOLUME")}"));

    [Test]
    public void Services_Start_WaitForDatabase() => Assert.Multiple(() =>
    {
        Assert.That(Condition("payments", "database"), Is.EqualTo("service_completed_successfully"));
        Assert.That(Condition("database", "sqlserver"), Is.EqualTo("service_healthy"));
        Assert.That((Dictionary<object, object>)Services["sqlserver"], Does.ContainKey("healthcheck"));
    });

    private static AuthenticationSettings Authentication(IConfiguration settings) => settings.GetSection("Authentication").Get<AuthenticationSettings>()!;

    private static IHostEnvironment Production => Mock.Of<IHostEnvironment>(environment =>
        environment.EnvironmentName == Environments.Production && environment.ContentRootPath == Path.GetTempPath());

    // As the environment of the container, and of it as the service reads it.
    private static IConfigurationRoot Settings(params (string Name, string Value)[] variables) => new ConfigurationBuilder().AddInMemoryCollection(
        Environment("payments").Select(entry => KeyValuePair.Create(
            ((string)entry.Key).Replace("__", ":", StringComparison.Ordinal),
            (string?)Variable().Replace($"{entry.Value}", variable =>
                variables.SingleOrDefault(given => given.Name == variable.Groups["name"].Value).Value ?? variable.Groups["default"].Value)))).Build();

    private static Dictionary<object, object> Environment(string service) => (Dictionary<object, object>)Part(service, "environment");

    private static object Condition(string service, string on) => ((Dictionary<object, object>)((Dictionary<object, object>)Part(service, "depends_on"))[on])["condition"];

    private static object Part(string service, string name) => ((Dictionary<object, object>)Services[service])[name];

    [GeneratedRegex(@"\$\{(?<name>\w+)(:-(?<default>[^}]*)|(?<asked>:\?)[^}]*)?\}")]
    private static partial Regex Variable();
}
