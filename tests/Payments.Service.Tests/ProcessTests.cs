using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Payments.Service.Tests;

/// <summary>The service as a process, as an operator starts and misconfigures it. Payments.Durability tests how it ends.</summary>
[Parallelizable]
public sealed class ProcessTests
{
    private const string ExampleConnector = "eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9";

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Create() => _folder = new TemporaryFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task Start_Development_LogsConnectorUrlDatabaseAndToken()
    {
        using var process = Start();
        using var client = await process.ReadyAsync();
        var lines = process.StartupLines;
        Assert.Multiple(() =>
        {
            Assert.That(lines[1], Does.Contain($"installed stripe-eu with the id {ExampleConnector}"));
            Assert.That(lines[3], Does.Match("Payments [0-9.]+ listens on http://127.0.0.1:[0-9]+"));
            Assert.That(lines[5], Does.Contain("SQLite").And.Contain(_folder.Path).And.Contain("schema created"));
            Assert.That(lines[7], Does.Contain("curl -u payments-dev:payments-dev-secret").And.Contain("/api/auth/oauth/token"));
            Assert.That(lines, Has.Count.EqualTo(8));
        });
    }

    [Test]
    public async Task Start_DevelopmentEmptyDatabase_AcceptsExampleAsPrinted()
    {
        using var process = Start();
        using var client = await process.ReadyAsync();
        var document = (await client.GetFromJsonAsync<JsonNode>("openapi/v1.json"))!;
        var example = document["components"]!["schemas"]!["PaymentRequest"]!["example"]!;
        using var response = await client.PostJsonAsync("payments", example.ToJsonString());
        Assert.That((int)response.StatusCode, Is.EqualTo(200), await response.Content.ReadAsStringAsync());
    }

    [Test]
    public async Task Start_DevelopmentWithConnector_InstallsNoOther()
    {
        using (var first = Start())
        {
            using var client = await first.ReadyAsync();
            await client.InstallConnectorAsync();
            using var deleted = await client.DeleteAsync($"api/payments/connectors/stripe/{ExampleConnector}");
            Assert.That((int)deleted.StatusCode, Is.EqualTo(204));
        }

        using var second = Start();
        using var again = await second.ReadyAsync();
        Assert.That(await again.GetStringAsync("api/payments/connectors"), Does.Not.Contain(ExampleConnector));
    }

    [Test]
    public async Task Start_ProductionEmptyDatabase_InstallsNoConnector()
    {
        using var process = Start(
            ("ASPNETCORE_ENVIRONMENT", "Production"),
            ("Authentication__Clients__0__ClientId", "own"),
            ("Authentication__Clients__0__ClientSecret", "own-secret"),
            ("Authentication__Clients__0__Scopes", "payments:read"));
        using var client = await process.ListeningAsync();
        await client.AuthorizeAsync("own", "own-secret");
        Assert.That(await client.GetStringAsync("api/payments/connectors"), Is.EqualTo("""{"data":[]}"""));
    }

    [Test]
    public void LaunchProfile_Url_IsNotSet() => Assert.That(
        RepositoryFolder.Read("src/Payments.Api/Properties/launchSettings.json"), Does.Not.Contain("applicationUrl"), "dotnet run would ignore ASPNETCORE_URLS");

    private static IEnumerable<TestCaseData> WrongSettings()
    {
        yield return Wrong("RateLimiting:RequestsPerSecond is '-1'. Set it to a whole number of at least 0; 0 means no limit.", ("RateLimiting__RequestsPerSecond", "-1"));
        yield return Wrong("RateLimiting:AnonymousRequestsPerSecond is '-1'. Set it to a whole number of at least 0; 0 means no limit.", ("RateLimiting__AnonymousRequestsPerSecond", "-1"));
        yield return Wrong("RateLimiting:Burst is '0'. Set it to a whole number of at least 1.", ("RateLimiting__Burst", "0"));
        yield return Wrong("RateLimiting:Burst is 'abc'. Set it to a whole number.", ("RateLimiting__Burst", "abc"));
        yield return Wrong("Metrics:Port is 'abc'. Set it to a whole number.", ("Metrics__Port", "abc"));
        yield return Wrong("Events:MaxLongPolls is '0'. Set it to a whole number from 1 to 1000.", ("Events__MaxLongPolls", "0"));
        yield return Wrong("Events:MaxLongPolls is '1001'. Set it to a whole number from 1 to 1000.", ("Events__MaxLongPolls", "1001"));
        yield return Wrong("Metrics:Port is '65536'. Set it to one of the ports that the service listens on.", ("Metrics__Port", "65536"));
        yield return Wrong("Kestrel:Limits:MaxConcurrentConnections is 'many'. Set it to a whole number.", ("Kestrel__Limits__MaxConcurrentConnections", "many"));
        yield return Wrong("Kestrel:Limits:KeepAliveTimeout is 'long'. Set it to a time span such as 00:00:30.", ("Kestrel__Limits__KeepAliveTimeout", "long"));
        yield return Wrong(
            "A level under Logging:LogLevel is 'Foo'. Set it to Trace, Debug, Information, Warning, Error, Critical or None.",
            ("Logging__LogLevel__Default", "Foo"));
        yield return Wrong("Dashboard:Enabled is 'maybe'. Set it to true or false.", ("Dashboard__Enabled", "maybe"));
        yield return Wrong(
            "Dashboard:Users:0:PasswordHash is not a hash of a password. Set it to the output of the command hash-secret.",
            ("Dashboard__Users__0__Name", "ada"), ("Dashboard__Users__0__PasswordHash", "secret"), ("Dashboard__Users__0__Scopes", "payments:read"));
        yield return Wrong("Database:Provider is 'MySql'. Set it to Sqlite or SqlServer.", ("Database__Provider", "MySql"));
        yield return Wrong("Database:MigrateOnStart is 'maybe'. Set it to true or false.", ("Database__MigrateOnStart", "maybe"));
        yield return Wrong(
            "ForwardedHeaders:KnownProxies contains 'proxy'. Set it to addresses or networks, such as 10.0.0.7 or 10.0.0.0/8.",
            ("ForwardedHeaders__KnownProxies", "10.0.0.1 proxy"));
        yield return Wrong(
            "ForwardedHeaders:KnownProxies contains '10.0.0.0/33'. Set it to addresses or networks, such as 10.0.0.7 or 10.0.0.0/8.",
            ("ForwardedHeaders__KnownProxies__0", "10.0.0.0/33"));
        yield return Wrong(
            "ASPNETCORE_FORWARDEDHEADERS_ENABLED is 'true' and trusts every client. Remove it, and set ForwardedHeaders:KnownProxies to the addresses or networks of your proxies.",
            ("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true"));
        foreach (var authority in (string[])["http://auth.example", "auth.example"])
        {
            yield return Wrong(
                $"Authentication:Authority is '{authority}'. Set it to the https URL of the OAuth 2.0 server (http is accepted in Development only).",
                ("ASPNETCORE_ENVIRONMENT", "Production"), ("Authentication__Authority", authority));
        }

        yield return Wrong(
            "Authentication:Authority and Authentication:Clients are not set, so no client can get a token. Set Authentication:Authority to the URL of an "
            + "OAuth 2.0 server, or set Authentication:Clients:0:ClientId, Authentication:Clients:0:ClientSecret and Authentication:Clients:0:Scopes "
            + "(in the environment with __ for each colon).",
            ("ASPNETCORE_ENVIRONMENT", "Production"));
        yield return Client("Authentication:Clients:0:ClientId is not set. Set it to the id that the client sends.", id: null);
        yield return Client(
            "Authentication:Clients:0:ClientSecret is not set. Set it, or set Authentication:Clients:0:ClientSecretHash to the output of the command hash-secret.",
            secret: null);
        yield return Client("Authentication:Clients:0:ClientSecret is the public secret of the Development client. Set it to a secret of your own.", secret: "payments-dev-secret");
        yield return Client("Authentication:Clients:0:ClientSecret and Authentication:Clients:0:ClientSecretHash are both set. Set only one of them.", hash: "AAAA");
        yield return Client(
            "Authentication:Clients:0:ClientSecretHash is not a hash of a secret. Set it to the output of the command hash-secret.", secret: null, hash: "AAAA");
        yield return Client("Authentication:Clients:0:Scopes is not set. Set it to one or more of: payments:read payments:write.", scopes: null);
        yield return Client("Authentication:Clients:0:Scopes contains 'all'. Set it to one or more of: payments:read payments:write.", scopes: "payments:read all");
        yield return Wrong(
            "Authentication:Clients:1:ClientId is 'own', which another client already uses. Set a different id for each client.",
            ("Authentication__Clients__0__ClientId", "own"), ("Authentication__Clients__0__ClientSecret", "1"), ("Authentication__Clients__0__Scopes", "payments:read"),
            ("Authentication__Clients__1__ClientId", "own"), ("Authentication__Clients__1__ClientSecret", "2"), ("Authentication__Clients__1__Scopes", "payments:read"));

        static TestCaseData Client(string line, string? id = "own", string? secret = "own-secret", string? hash = null, string? scopes = "payments:read") => Wrong(
            line,
            [
                ("ASPNETCORE_ENVIRONMENT", "Production"), ("Authentication__Clients__0__ClientId", id ?? ""), ("Authentication__Clients__0__ClientSecret", secret ?? ""),
                ("Authentication__Clients__0__ClientSecretHash", hash ?? ""), ("Authentication__Clients__0__Scopes", scopes ?? ""),
            ]);

        static TestCaseData Wrong(string line, params (string Key, string Value)[] settings) => new TestCaseData(line, settings).SetArgDisplayNames(line);
    }

    [TestCaseSource(nameof(WrongSettings))]
    public void Start_InvalidSetting_ExitsWith1AndOneLine(string line, (string Key, string Value)[] settings)
    {
        using var process = Start(settings);
        var (code, _, errors) = process.Exited();
        Assert.That((code, errors), Is.EqualTo((1, $"Payments cannot start. {line}{Environment.NewLine}")));
    }

    [Test]
    public void Start_SeveralInvalidSettings_ReportsEach()
    {
        using var process = Start(
            ("RateLimiting__Burst", "0"), ("Metrics__Port", "0"), ("Authentication__Clients__0__ClientId", "own"), ("Authentication__Clients__0__ClientSecret", "own-secret"));
        Assert.That(
            process.Exited().Errors.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[3]),
            Is.EquivalentTo((string[])["RateLimiting:Burst", "Metrics:Port", "Authentication:Clients:0:Scopes"]));
    }

    [TestCase("Database__ConnectionString", "Data Source=/proc/none/payments.db", "The database cannot be used (SQLite, /proc/none/payments.db)")]
    [TestCase("Database__MigrateOnStart", "false", "The database has no schema.")]
    [TestCase("Authentication__SigningKeyFile", "/dev/null", "Authentication:SigningKeyFile is '/dev/null'")]
    [TestCase("Dashboard__SessionKeyFile", "/proc/none/session-key.txt", "Dashboard:SessionKeyFile is '/proc/none/session-key.txt' and cannot be created: ")]
    [TestCase("ASPNETCORE_URLS", "localhost:1", "ASPNETCORE_URLS or Kestrel:Endpoints: Invalid url: 'localhost:1'")]
    [TestCase("ASPNETCORE_URLS", "http://192.0.2.1:1", "The service cannot listen on the URLs")]
    public void Start_UnusableSetting_ExitsWith1AndReason(string key, string value, string message) => AssertStops(message, (key, value));

    [Test]
    public void Start_MetricsPortNotListenedOn_ExitsWith1AndNamesPorts() => AssertStops(
        "Metrics:Port is '1', but the service listens on http://127.0.0.1:", ("Metrics__Port", "1"));

    [Test]
    public async Task Start_Certificate_ServesHttps()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (file, keyFile) = (Path.Combine(_folder.Path, "tls.crt"), Path.Combine(_folder.Path, "tls.key"));
        File.WriteAllText(file, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        using var process = Start(
            ("Kestrel__Endpoints__Https__Url", "https://127.0.0.1:0"),
            ("Kestrel__Endpoints__Https__Certificate__Path", file),
            ("Kestrel__Endpoints__Https__Certificate__KeyPath", keyFile));
        using var listening = await process.ListeningAsync();
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, received, _, _) => received?.Thumbprint == certificate.Thumbprint };
        using var client = new HttpClient(handler) { BaseAddress = listening.BaseAddress };
        using var response = await client.GetAsync("health/ready");
        Assert.That((listening.BaseAddress!.Scheme, response.StatusCode), Is.EqualTo(("https", HttpStatusCode.OK)));
    }

    [Test]
    public void Start_MissingCertificate_ExitsWith1AndNamesFile() => AssertStops(
        "Could not find a part of the path '/none/tls.crt'",
        ("Kestrel__Endpoints__Https__Url", "https://127.0.0.1:0"),
        ("Kestrel__Endpoints__Https__Certificate__Path", "/none/tls.crt"));

    [Test]
    public void Start_SettingsFileNotJson_ExitsWith1AndNamesFile()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "appsettings.json"), "{\n\"a\":");
        AssertStops("appsettings.json");
    }

    [TestCase("public")]
    [TestCase("P-384")]
    public void Start_SigningKeyOfOtherKind_ExitsWith1AndNamesKind(string kind)
    {
        using var key = ECDsa.Create(kind == "P-384" ? ECCurve.NamedCurves.nistP384 : ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(_folder.Path, "key.pem");
        File.WriteAllText(file, kind == "public" ? key.ExportSubjectPublicKeyInfoPem() : key.ExportPkcs8PrivateKeyPem());
        AssertStops("ECDSA P-256 private key", ("Authentication__SigningKeyFile", file));
    }

    [Test]
    public async Task Health_ServiceRunningOrNot_ExitsWith0Or1()
    {
        using var process = Start();
        using var client = await process.ReadyAsync();
        // A port that no other service of these tests gets, and that nobody listens on.
        using var unused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.That((ExitCode(client.BaseAddress!.Port), ExitCode(((IPEndPoint)unused.LocalEndPoint!).Port)), Is.EqualTo((0, 1)));

        int ExitCode(int port)
        {
            using var health = new ServiceProcess(_folder.Path, [("ASPNETCORE_URLS", $"http://+:{port}")], "health");
            return health.Exited().Code;
        }
    }

    [Test]
    public async Task Start_NoDataFolder_CreatesItForItsOwnerOnly()
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
    [Platform(Exclude = "Win")]
    public async Task Start_Always_LeavesNoKeyInHomeFolder()
    {
        var home = Path.Combine(_folder.Path, "home");
        Directory.CreateDirectory(home);
        using var process = Start(("HOME", home), ("DOTNET_CLI_HOME", home));
        using var client = await process.ReadyAsync();
        Assert.That(Directory.GetFileSystemEntries(home), Is.Empty);
    }

    [Test]
    public async Task Start_FilesReadableByOthers_LogsEach()
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
            Assert.That(Warned(first), Is.EqualTo((string[])[data]), "new files are for their owner only");
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
            Assert.That(errors, Does.Not.Contain("   at "), "an operator cannot act on a stack trace");
        });
    }

    private ServiceProcess Start(params (string Key, string Value)[] environment) => new(_folder.Path, environment);
}
