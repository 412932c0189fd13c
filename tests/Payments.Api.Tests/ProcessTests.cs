using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests;

/// <summary>The service as a process of its own, as an operator starts, kills and misconfigures it.</summary>
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
    public async Task Kill_BetweenTwoCreates_LosesNothingAndDoublesNothing()
    {
        string connector;
        var answers = new List<string>();
        using (var first = Start())
        {
            using var client = await first.ReadyAsync();
            connector = await InstallAsync(client);
            for (var i = 0; i < 20; i++)
            {
                answers.Add(await CreateAsync(client, connector, i, expectReplay: false));
            }

            first.Kill();
        }

        using var second = Start();
        using var again = await second.ReadyAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.That(await CreateAsync(again, connector, i, expectReplay: true), Is.EqualTo(answers[i]));
        }

        await CreateAsync(again, connector, 20, expectReplay: false);
    }

    [Test]
    public async Task Kill_UnderConcurrentCreates_LosesNothingAcknowledged()
    {
        string connector;
        var answers = new ConcurrentDictionary<int, string>();
        using (var first = Start())
        {
            using var client = await first.ReadyAsync();
            connector = await InstallAsync(client);
            await LoadAsync(client, connector, answers, whenBusy: first.Kill);
        }

        using var second = Start();
        using var again = await second.ReadyAsync();
        await AssertStoredAsync(again, connector, answers);
    }

    [Test]
    public async Task Terminate_UnderConcurrentCreates_AnswersThemAndExitsInOrder()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no SIGTERM.");
            return;
        }

        string connector;
        var answers = new ConcurrentDictionary<int, string>();
        using (var first = Start())
        {
            using var client = await first.ReadyAsync();
            connector = await InstallAsync(client);

            // One that never sends its whole request must not keep the service from going.
            using var slow = new TcpClient("127.0.0.1", client.BaseAddress!.Port);
            await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                "POST /api/payments/payments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n" +
                $"Authorization: {client.DefaultRequestHeaders.Authorization}\r\n\r\n{{"));

            await LoadAsync(client, connector, answers, whenBusy: first.Terminate);
            var (code, errors) = first.Exited(within: TimeSpan.FromSeconds(10));
            Assert.That((code, errors.Trim()), Is.EqualTo((0, "")));
        }

        Assert.That(File.Exists(Path.Combine(_folder.Path, "data", "payments.db-wal")), Is.False, "all is in the one file");
        using var second = Start();
        using var again = await second.ReadyAsync();
        await AssertStoredAsync(again, connector, answers);
    }

    [Test]
    public async Task Kill_InTheMidstOfAnImport_LosesNoAnsweredLineAndDoublesNoneWhenSentAgain()
    {
        const int Count = 5000;
        string connector;
        var answered = new List<string>();
        using (var first = Start())
        {
            using var client = await first.ReadyAsync();
            connector = await InstallAsync(client);
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/payments/payments/import") { Content = Lines(connector, Count) };
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            using var answers = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (answered.Count < Count / 4)
            {
                answered.Add((await answers.ReadLineAsync())!);
            }

            first.Kill();
        }

        using var second = Start();
        using var again = await second.ReadyAsync();
        using var repeated = await again.PostAsync("api/payments/payments/import", Lines(connector, Count));
        var outcomes = (await repeated.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var stored = (await again.GetStringAsync("api/payments/payments/export")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Multiple(() =>
        {
            Assert.That(answered, Has.All.Contain("\"outcome\":\"stored\""));
            Assert.That(outcomes.Take(answered.Count), Is.EqualTo(answered.Select(line => line.Replace("stored", "replayed", StringComparison.Ordinal))));
            Assert.That(outcomes, Has.Length.EqualTo(Count));
            Assert.That(outcomes, Has.All.Contain("\"outcome\":\"stored\"").Or.Contain("\"outcome\":\"replayed\""));
            Assert.That(outcomes, Has.Some.Contain("\"outcome\":\"stored\""), "it was killed too late to prove anything");
            Assert.That(stored.Select(line => (string)JsonNode.Parse(line)!["reference"]!), Is.EquivalentTo(Enumerable.Range(0, Count).Select(i => $"{i}")));
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
    [TestCase("RateLimiting__RequestsPerSecond", "-1", "RateLimiting:RequestsPerSecond is '-1'. Set it to a whole number from 0.")]
    [TestCase("RateLimiting__Burst", "0", "RateLimiting:Burst is '0'. Set it to a whole number from 1.")]
    [TestCase("ForwardedHeaders__KnownProxies", "10.0.0.1 proxy", "ForwardedHeaders:KnownProxies has 'proxy'")]
    [TestCase("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true", "ASPNETCORE_FORWARDEDHEADERS_ENABLED trusts everybody")]
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
    public async Task Health_OfAServiceThatRunsAndThenDoesNot_IsReadyAndThenNot()
    {
        using var process = Start();
        using var client = await process.ReadyAsync();
        var address = ("ASPNETCORE_URLS", $"http://+:{client.BaseAddress!.Port}");
        using (var health = new ServiceProcess(_folder.Path, [address], "health"))
        {
            Assert.That(health.Exited().Code, Is.Zero);
        }

        process.Kill();
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
            [.. process.Output.Where(line => line.Contains("is open to other users", StringComparison.Ordinal)).Select(line => line.Trim().Split(' ')[0])];
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

    private static StringContent Lines(string connector, int count) => new(
        string.Join('\n', Enumerable.Range(0, count).Select(i => Request.Payment(connector, ("reference", $"\"{i}\"")))),
        Encoding.UTF8,
        "application/x-ndjson");

    private static async Task<string> InstallAsync(HttpClient client)
    {
        using var response = await client.PostAsJsonAsync("api/payments/connectors/stripe", new { name = "main" });
        return (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["data"]!["connectorID"]!;
    }

    private static async Task<string> CreateAsync(HttpClient client, string connector, int number, bool expectReplay)
    {
        using var content = new StringContent(Request.Payment(connector, ("reference", $"\"{number}\"")), Encoding.UTF8, "application/json");
        using var response = await client.PostAsync("api/payments/payments", content);
        Assert.That(((int)response.StatusCode, response.Headers.Contains("Idempotent-Replayed")), Is.EqualTo((200, expectReplay)));
        return await response.Content.ReadAsStringAsync();
    }

    // 32 callers at once, each until it is no longer answered; the service is stopped while all of them are at it.
    private static Task LoadAsync(HttpClient client, string connector, ConcurrentDictionary<int, string> answers, Action whenBusy)
    {
        var number = 0;
        return Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    var own = Interlocked.Increment(ref number);
                    answers[own] = await CreateAsync(client, connector, own, expectReplay: false);
                    if (answers.Count >= 500)
                    {
                        Interlocked.Exchange(ref whenBusy, () => { })();
                    }
                }
            }
            catch (HttpRequestException)
            {
                // It has stopped.
            }
        })));
    }

    private static async Task AssertStoredAsync(HttpClient client, string connector, ConcurrentDictionary<int, string> answers)
    {
        Assert.That(answers, Has.Count.GreaterThanOrEqualTo(500));
        await Parallel.ForEachAsync(answers, async (acknowledged, _) =>
            Assert.That(await CreateAsync(client, connector, acknowledged.Key, expectReplay: true), Is.EqualTo(acknowledged.Value)));
    }

    private ServiceProcess Start(params (string Key, string Value)[] environment) => new(_folder.Path, environment);

    private sealed class ServiceProcess : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        private readonly Process _process;
        private readonly StringBuilder _errors = new();

        public ServiceProcess(string folder, (string Key, string Value)[] environment, params string[] arguments)
        {
            // The content root is where its data goes.
            var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["ASPNETCORE_ENVIRONMENT"] = "Development",
                    ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
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

        /// <summary>Waits for the service and returns a client with a token.</summary>
        public async Task<HttpClient> ReadyAsync()
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

            var address = Output.Single(line => line.Contains("listens on", StringComparison.Ordinal)).Split("listens on ")[1].Split(';')[0];
            var client = new HttpClient { BaseAddress = new Uri(address) };
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/oauth/token")
            {
                Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials" }),
            };
            request.Headers.Authorization = new("Basic", Convert.ToBase64String("payments-dev:payments-dev-secret"u8));
            using var response = await client.SendAsync(request);
            var token = (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!;
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return client;
        }

        /// <summary>SIGKILL: nothing is flushed, nothing is said good-bye to.</summary>
        public void Kill()
        {
            _process.Kill();
            _process.WaitForExit();
        }

        /// <summary>SIGTERM: as an orchestrator stops it.</summary>
        public void Terminate() => Process.Start("kill", ["-TERM", $"{_process.Id}"]).WaitForExit();

        public (int Code, string Errors) Exited(TimeSpan? within = null)
        {
            Assert.That(_process.WaitForExit(within ?? Patience), Is.True, "it did not stop");
            _process.WaitForExit();
            return (_process.ExitCode, _errors.ToString());
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                Kill();
            }

            _process.Dispose();
        }
    }
}
