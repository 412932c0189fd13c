using System.Text.Json;
using System.Text.Json.Nodes;
using Payments.Api.CommandLine;

namespace Payments.Service.Tests;

/// <summary>The commands as processes of their own, beside a running service.</summary>
public sealed class CommandLineTests
{
    private readonly TemporaryFolder _data = new();
    private ServiceProcess _service = null!;
    private HttpClient _client = null!;
    private TemporaryFolder _folder = null!;
    private string _connector = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _service = new ServiceProcess(_data.Path, []);
        _client = await _service.ReadyAsync();
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _client.Dispose();
        _service.Dispose();
        _data.Dispose();
    }

    [SetUp]
    public async Task CreateAsync()
    {
        _folder = new TemporaryFolder();
        _connector = await _client.InstallConnectorAsync();
    }

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task Import_OfAFile_StoresItAndSaysHowMuch()
    {
        await WriteAsync("payments.ndjson", Lines(0, 50));
        var (code, output, errors) = await RunAsync(["import", "payments.ndjson"]);
        Assert.Multiple(() =>
        {
            Assert.That((code, output), Is.EqualTo((0, "")), errors);
            Assert.That(errors, Does.Contain("50 lines of").And.Contain("stored 50, replayed 0, conflict 0, invalid 0, unavailable 0."));
        });
        Assert.That(await ExportedAsync(), Is.EquivalentTo(Enumerable.Range(0, 50).Select(i => $"{i}")));

        (code, _, errors) = await RunAsync(["import", "payments.ndjson"]);
        Assert.That((code, errors.Contains("stored 0, replayed 50", StringComparison.Ordinal)), Is.EqualTo((0, true)), errors);
    }

    [Test]
    public async Task Import_WithRefusedLines_WritesTheirAnswersAndTakesTheOthers()
    {
        var (code, output, errors) = await RunAsync(["import", "-"], $"{Lines(0, 2)}\n{{}}\n{Lines(2, 1)}");
        var answer = JsonNode.Parse(output)!;
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1), errors);
            Assert.That(((int?)answer["line"], (string?)answer["errorCode"]), Is.EqualTo((3, "VALIDATION")));
            Assert.That(errors, Does.Contain("stored 3").And.Contain("invalid 1"));
        });
    }

    [TestCase("payments.ndjson")]
    [TestCase("payments.csv")]
    public async Task Export_ToAFile_IsTakenByAnImport(string file)
    {
        await RunAsync(["import", "-"], Lines(0, 20));
        var (code, output, errors) = await RunAsync(["export", "--output", file, $"--connectorID={_connector}", "--sort", "createdAt:asc"]);
        Assert.That((code, output), Is.EqualTo((0, "")), errors);
        Assert.That(errors, Does.Contain("20 payments to"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(Path.Combine(_folder.Path, file)), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }

        (code, _, errors) = await RunAsync(["import", file]);
        Assert.That((code, errors.Contains("replayed 20", StringComparison.Ordinal)), Is.EqualTo((0, true)), errors);

        (code, _, errors) = await RunAsync(["export", "--output", file]);
        Assert.That((code, errors.Contains("exists", StringComparison.Ordinal)), Is.EqualTo((2, true)), "a file that is there is not written over");
    }

    [Test]
    public async Task Export_ToStandardOutput_IsWhatTheServiceAnswers()
    {
        await RunAsync(["import", "-"], Lines(0, 3));
        var (code, output, _) = await RunAsync(["export", "--connectorID", _connector]);
        var answer = await _client.GetStringAsync($"api/payments/payments/export?connectorID={_connector}");
        Assert.That((code, output), Is.EqualTo((0, answer)));
    }

    [TestCase("Could not find file", "import", "none.ndjson")]
    [TestCase("import needs a file", "import")]
    [TestCase("one argument too many", "import", "a", "b")]
    [TestCase("--format must be ndjson or csv", "import", "a", "--format", "xml")]
    [TestCase("--colour is not an option of import", "import", "a", "--colour=red")]
    [TestCase("--format needs a value", "export", "--format")]
    [TestCase("status must be one of", "export", "--status", "DONE")]
    [TestCase("after must be", "export", "--after", "x")]
    [TestCase("no secret on standard input", "hash-secret")]
    [TestCase("--rounds is not an option of hash-secret", "hash-secret", "--rounds=1")]
    [TestCase("one argument too many", "hash-secret", "a secret that others can see in the list of processes")]
    [TestCase("backup needs a file", "backup")]
    [TestCase("--output is not an option of backup", "backup", "a", "--output=b")]
    [TestCase("There is no backup at", "restore", "none.db")]
    [TestCase("BACKUP DATABASE", "backup", "a", "--Database:Provider=SqlServer", "--Database:ConnectionString=Server=db")]
    [TestCase("Database:Provider is 'MySql'", "export", "--Database:Provider=MySql")]
    [TestCase("'restor' is not a command", "restor", "a")]
    public async Task Command_ThatCannotRun_SaysWhy(string message, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);
        Assert.Multiple(() =>
        {
            Assert.That((code, output), Is.EqualTo((2, "")), errors);
            Assert.That(errors, Does.Contain(message));
            Assert.That(errors, Does.Not.Contain("   at "), "a stack trace says nothing to an operator");
        });
    }

    [Test]
    public async Task Import_OfCsvWithAnotherHeader_SaysWhichColumn()
    {
        await WriteAsync("payments.csv", "colour\nred\n");
        var (code, _, errors) = await RunAsync(["import", "payments.csv"]);
        Assert.That((code, errors.Contains("colour is not a column of an import", StringComparison.Ordinal)), Is.EqualTo((2, true)), errors);
    }

    [Test]
    public async Task Import_OfCsvWithoutAHeader_SaysSo()
    {
        await WriteAsync("payments.csv", "\n");
        var (code, _, errors) = await RunAsync(["import", "payments.csv"]);
        Assert.That((code, errors.Contains("The record is blank.", StringComparison.Ordinal)), Is.EqualTo((2, true)), errors);
    }

    [Test]
    [Platform(Exclude = "Win")]
    public async Task Import_OfAPipe_StoresIt()
    {
        var (code, _, errors) = await RunAsync(["import", "/dev/stdin"], Lines(1, 2));
        Assert.That((code, (await ExportedAsync()).Count), Is.EqualTo((0, 2)), errors);
    }

    [Test]
    public async Task HashSecret_OfASecret_IsTakenInItsPlace()
    {
        var (code, output, errors) = await RunAsync(["hash-secret"], "a secret of ours\n");
        Assert.That((code, errors), Is.EqualTo((0, "")));
        Assert.That(output, Does.Not.Contain("a secret of ours"));
        using var service = new ServiceProcess(
            _folder.Path,
            [("Authentication__Clients__0__ClientId", "own"), ("Authentication__Clients__0__ClientSecretHash", output.Trim()), ("Authentication__Clients__0__Scopes", "payments:read")]);
        using var client = await service.ListeningAsync();
        foreach (var (secret, status) in (IEnumerable<(string, int)>)[("another", 401), ("a secret of ours", 200), ("another", 401), ("a secret of ours", 200)])
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = "own",
                ["client_secret"] = secret,
            });
            using var response = await client.PostAsync("api/auth/oauth/token", form);
            Assert.That((int)response.StatusCode, Is.EqualTo(status));
        }

        (code, _, errors) = await RunAsync(["hash-secret"], "payments-dev-secret\n");
        Assert.That((code, errors.Contains("Development is known for", StringComparison.Ordinal)), Is.EqualTo((2, true)), errors);
    }

    [TestCase("import", "--help")]
    [TestCase("--help")]
    public async Task Command_AskedForHelp_TellsItsOptions(params string[] arguments)
    {
        var (code, output, _) = await RunAsync(arguments);
        Assert.That((code, output), Is.EqualTo((0, Arguments.Usage + Environment.NewLine)));
    }

    [Test]
    public async Task Import_Interrupted_FinishesWhatIsUnderWayAndSaysHowFarItCame()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no SIGINT to send.");
            return;
        }

        using var process = Start("import", "-");
        await process.Input.WriteLineAsync(Lines(0, 30) + "\n{}");
        await process.Input.FlushAsync();
        // Its answer says that those before it are stored; more may come, so it waits.
        Assert.That(await process.Output.ReadLineAsync(), Does.Contain("\"line\":31"));
        process.Signal("INT");
        var (code, _, errors) = process.Exited();
        Assert.That((code, errors.Contains("stored 30", StringComparison.Ordinal), errors.Contains("Stopped.", StringComparison.Ordinal)), Is.EqualTo((2, true, true)), errors);
        Assert.That(await ExportedAsync(), Has.Count.EqualTo(30));
    }

    private string Lines(int from, int count) =>
        string.Join('\n', Enumerable.Range(from, count).Select(i => Request.Payment(_connector, ("reference", JsonSerializer.Serialize($"{i}")))));

    private Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(_folder.Path, file), text);

    private async Task<List<string>> ExportedAsync() =>
    [
        .. (await _client.GetStringAsync($"api/payments/payments/export?connectorID={_connector}"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string)JsonNode.Parse(line)!["reference"]!),
    ];

    private async Task<(int Code, string Output, string Errors)> RunAsync(string[] arguments, string input = "")
    {
        using var process = Start(arguments);
        await process.Input.WriteAsync(input);
        process.Input.Close();
        return process.Exited();
    }

    private ServiceProcess Start(params string[] arguments) => new(
        _folder.Path, [("Database__ConnectionString", $"Data Source={Path.Combine(_data.Path, "data", "payments.db")}")], arguments);
}
