using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Payments.Api.Tests;

/// <summary>The service as a process of its own, as an operator starts and misconfigures it. How it ends is tried by Payments.Durability.Tests.</summary>
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
        await process.ReadyAsync();
        var lines = process.Output;
        Assert.Multiple(() =>
        {
            Assert.That(lines[1], Does.Match("Payments [0-9.]+ listens on http://127.0.0.1:[0-9]+"));
            Assert.That(lines[3], Does.Contain("SQLite").And.Contain(_folder.Path).And.Contain("001-payments.sql"));
            Assert.That(lines[5], Does.Contain("curl -u payments-dev:payments-dev-secret").And.Contain("/api/auth/oauth/token"));
        });
    }

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
    [TestCase("Database__MigrateOnStart", "false", "Apply: Sqlite/001-payments.sql")]
    [TestCase("Authentication__SigningKeyFile", "/dev/null", "The signing key /dev/null cannot be used")]
    public void Start_WithASettingThatCannotBe_StopsAndSaysWhatToSet(string key, string value, string message) =>
        AssertStops(message, (key, value));

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
    public async Task Start_MakesAFolderThatIsItsOwnersAlone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no Unix file modes.");
            return;
        }

        using var process = Start();
        await process.ReadyAsync();
        Assert.That(
            File.GetUnixFileMode(Path.Combine(_folder.Path, "data")),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    private void AssertStops(string message, params (string Key, string Value)[] environment)
    {
        using var process = Start(environment);
        var (code, errors) = process.Exited();
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(errors, Does.StartWith("Payments cannot start. ").And.Contain(message));
            Assert.That(errors, Does.Not.Contain("   at "), "a stack trace says nothing to an operator");
        });
    }

    private ServiceProcess Start(params (string Key, string Value)[] environment) => new(_folder.Path, environment);

    private sealed class ServiceProcess : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        private readonly Process _process;
        private readonly StringBuilder _errors = new();

        public ServiceProcess(string folder, (string Key, string Value)[] environment)
        {
            // The content root is where its data goes.
            var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["ASPNETCORE_ENVIRONMENT"] = "Development",
                    ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                    ["Logging__LogLevel__Microsoft"] = "None",
                },
            };
            foreach (var (key, value) in environment)
            {
                start.Environment[key] = value;
            }

            _process = Process.Start(start)!;
            _process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
            _process.BeginErrorReadLine();
        }

        /// <summary>What it has printed until it was ready, line by line.</summary>
        public List<string> Output { get; } = [];

        /// <summary>Waits for its last line before it is ready.</summary>
        public async Task ReadyAsync()
        {
            using var patience = new CancellationTokenSource(Patience);
            while (await _process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                Output.Add(line);
                if (line.Contains("Token (Development only)", StringComparison.Ordinal))
                {
                    break;
                }
            }
        }

        public (int Code, string Errors) Exited()
        {
            Assert.That(_process.WaitForExit(Patience), Is.True, "it did not stop");
            _process.WaitForExit();
            return (_process.ExitCode, _errors.ToString());
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
                _process.WaitForExit();
            }

            _process.Dispose();
        }
    }
}
