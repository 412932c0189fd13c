using System.Security.Cryptography;

namespace Payments.Service.Tests;

/// <summary>The service as a process of its own, as an operator starts and misconfigures it. Payments.Durability tests how it ends.</summary>
public sealed class ProcessTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Create() => _folder = new TemporaryFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task Start_InDevelopment_SaysWhereItListensWhichDatabaseAndHowToGetAToken()
    {
        using var process = Start();
        using var client = await process.ReadyAsync();
        var lines = process.StartupLines;
        Assert.Multiple(() =>
        {
            Assert.That(lines[1], Does.Match("Payments [0-9.]+ listens on http://127.0.0.1:[0-9]+"));
            Assert.That(lines[3], Does.Contain("SQLite").And.Contain(_folder.Path).And.Contain("schema created"));
            Assert.That(lines[5], Does.Contain("curl -u payments-dev:payments-dev-secret").And.Contain("/api/auth/oauth/token"));
        });
    }

    [Test]
    public void LaunchProfile_SaysNothingOfTheAddress() => Assert.That(
        RepositoryFolder.Read("src/Payments.Api/Properties/launchSettings.json"),
        Does.Not.Contain("applicationUrl"),
        "dotnet run would put it in the place of ASPNETCORE_URLS");

    [Test]
    public void Start_InProductionWithNothingConfigured_StopsAndSaysWhatToSet() => AssertStops(
        "Authentication:Clients:0:ClientSecret", ("ASPNETCORE_ENVIRONMENT", "Production"));

    [Test]
    public void Start_InProductionWithTheKnownSecret_Stops() => AssertStops(
        "A client's secret is the one that Development is known for",
        ("ASPNETCORE_ENVIRONMENT", "Production"),
        ("Authentication__Clients__0__ClientId", "own"),
        ("Authentication__Clients__0__ClientSecret", "payments-dev-secret"),
        ("Authentication__Clients__0__Scopes", "payments:read"));

    [TestCase("Authentication__Authority", "http://auth.example", "https address")]
    [TestCase("Authentication__Authority", "auth.example", "https address")]
    [TestCase("Authentication__Clients__0__ClientId", "own", "needs ClientId, ClientSecret and Scopes")]
    public void Start_InProductionWithHalfASetting_StopsAndSaysWhatToSet(string key, string value, string message) =>
        AssertStops(message, ("ASPNETCORE_ENVIRONMENT", "Production"), (key, value));

    [TestCase("Database__Provider", "MySql", "Set it to Sqlite or SqlServer")]
    [TestCase("Database__ConnectionString", "Data Source=/proc/none/payments.db", "The database cannot be used (SQLite, /proc/none/payments.db)")]
    [TestCase("Database__MigrateOnStart", "false", "The database has no schema. Start the service once with Database:MigrateOnStart=true, or run src/Payments.Infrastructure/Sqlite/schema.sql")]
    [TestCase("RateLimiting__RequestsPerSecond", "-1", "RateLimiting:RequestsPerSecond is '-1'. Set it to a whole number from 0.")]
    [TestCase("RateLimiting__Burst", "0", "RateLimiting:Burst is '0'. Set it to a whole number from 1.")]
    [TestCase("ForwardedHeaders__KnownProxies", "10.0.0.1 proxy", "ForwardedHeaders:KnownProxies has 'proxy'")]
    [TestCase("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true", "ASPNETCORE_FORWARDEDHEADERS_ENABLED trusts everybody")]
    [TestCase("Authentication__SigningKeyFile", "/dev/null", "The signing key /dev/null cannot be used")]
    [TestCase("ASPNETCORE_URLS", "localhost:1", "Kestrel:Endpoints says: Invalid url: 'localhost:1'")]
    [TestCase("ASPNETCORE_URLS", "http://192.0.2.1:1", "It cannot listen")]
    [TestCase("Kestrel__Limits__MaxConcurrentConnections", "many", "Kestrel:Limits:MaxConcurrentConnections")]
    public void Start_WithASettingThatCannotBe_StopsAndSaysWhatToSet(string key, string value, string message) =>
        AssertStops(message, (key, value));

    [Test]
    public void Start_WithoutItsCertificate_StopsAndSaysWhichFile() => AssertStops(
        "says: Could not find a part of the path '/none/tls.crt'",
        ("Kestrel__Endpoints__Https__Url", "https://127.0.0.1:0"),
        ("Kestrel__Endpoints__Https__Certificate__Path", "/none/tls.crt"));

    [Test]
    public void Start_WithSettingsThatAreNotJson_StopsAndSaysWhere()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "appsettings.json"), "{\n\"a\":");
        AssertStops("appsettings.json");
    }

    [TestCase("public")]
    [TestCase("P-384")]
    public void Start_WithAnotherKindOfKey_StopsAndSaysWhichItNeeds(string kind)
    {
        using var key = ECDsa.Create(kind == "P-384" ? ECCurve.NamedCurves.nistP384 : ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(_folder.Path, "key.pem");
        File.WriteAllText(file, kind == "public" ? key.ExportSubjectPublicKeyInfoPem() : key.ExportPkcs8PrivateKeyPem());
        AssertStops("ECDSA P-256 key", ("Authentication__SigningKeyFile", file));
    }

    [Test]
    public async Task Health_OfAServiceThatRunsAndThenDoesNot_IsReadyAndThenNot()
    {
        (string, string) address;
        using (var process = Start())
        {
            using var client = await process.ReadyAsync();
            address = ("ASPNETCORE_URLS", $"http://+:{client.BaseAddress!.Port}");
            using var health = new ServiceProcess(_folder.Path, [address], "health");
            Assert.That(health.Exited().Code, Is.Zero);
        }

        using var again = new ServiceProcess(_folder.Path, [address], "health");
        Assert.That(again.Exited().Code, Is.EqualTo(1));
    }

    [Test]
    public async Task Start_MakesAFolderThatIsItsOwnersAlone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no Unix file modes.");
            return;
        }

        using var process = Start();
        using var client = await process.ReadyAsync();
        Assert.That(
            File.GetUnixFileMode(Path.Combine(_folder.Path, "data")),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Test]
    public async Task Start_WithFilesThatOthersMayRead_SaysWhich()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no Unix file modes.");
            return;
        }

        var data = Path.Combine(_folder.Path, "data");
        Directory.CreateDirectory(data, (UnixFileMode)0b111_101_101);
        using (var first = Start())
        {
            using var client = await first.ReadyAsync();
            Assert.That(Warned(first), Is.EqualTo((string[])[data]), "what is new in it is its owner's alone");
            foreach (var file in Directory.GetFiles(data))
            {
                Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), file);
            }
        }

        File.SetUnixFileMode(Path.Combine(data, "payments.db"), (UnixFileMode)0b110_100_100);
        File.SetUnixFileMode(Path.Combine(data, "signing-key.pem"), (UnixFileMode)0b110_100_000);
        using var second = Start();
        using var again = await second.ReadyAsync();
        Assert.That(Warned(second), Is.SupersetOf((string[])[data, Path.Combine(data, "payments.db"), Path.Combine(data, "signing-key.pem")]));

        static string[] Warned(ServiceProcess process) =>
            [.. process.StartupLines.Where(line => line.Contains("is open to other users", StringComparison.Ordinal)).Select(line => line.Trim().Split(' ')[0])];
    }

    private void AssertStops(string message, params (string Key, string Value)[] environment)
    {
        using var process = Start(environment);
        var (code, _, errors) = process.Exited();
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(errors, Does.StartWith("Payments cannot start. ").And.Contain(message));
            Assert.That(errors, Does.Not.Contain("   at "), "a stack trace says nothing to an operator");
        });
    }

    private ServiceProcess Start(params (string Key, string Value)[] environment) => new(_folder.Path, environment);
}
