using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Service.Tests;

/// <summary>The commands as processes, beside a running service.</summary>
[Parallelizable]
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
    public async Task Import_File_RecordsPaymentsAndReportsOutcomes()
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
    public async Task Import_OneInvalidLine_PrintsItsErrorAndRecordsTheOthers()
    {
        var (code, output, errors) = await RunAsync(["import", "-"], $"{Lines(0, 2)}\n\n{{}}\n{Lines(2, 1)}\n\n");
        var answer = JsonNode.Parse(output)!;
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1), errors);
            Assert.That(((int?)answer["line"], (string?)answer["errorCode"]), Is.EqualTo((4, "VALIDATION")));
            Assert.That(errors, Does.Contain("stored 3").And.Contain("invalid 1"));
        });
    }

    [TestCase("report.csv", false)]
    [TestCase("report.csv.gz", true)]
    [TestCase("-", false)]
    public async Task Import_Report_RecordsPaymentsAndCountsTheOtherLines(string file, bool isGzip)
    {
        const string Report = """
            reporting_category,created_utc,currency,gross,source_id,customer_facing_amount,customer_facing_currency,charge_id,payment_intent_id,note
            charge,2024-05-01 12:00:05,usd,"1,000.00",ch_1,10.00,usd,ch_1,pi_1,
            charge,2024-05-01 12:00:06,usd,10.00,ch_2,10.00,usd,ch_2,pi_2,"x, y"
            fee,2024-05-01 12:00:06,usd,-0.30,,,,,,
            payout,2024-05-02 00:00:00,usd,-9.00,po_1,,,,,
            fee,2024-05-02 00:00:00,usd,-0.70,,,,,,
            """;
        var bytes = System.Text.Encoding.UTF8.GetBytes(Report);
        using (var stream = File.Create(Path.Combine(_folder.Path, "report.csv")))
        {
            stream.Write(bytes);
        }

        using (var gzip = new System.IO.Compression.GZipStream(File.Create(Path.Combine(_folder.Path, "report.csv.gz")), System.IO.Compression.CompressionMode.Compress))
        {
            gzip.Write(bytes);
        }

        string[] arguments = ["import", "--format", "stripe-balance", file, "--connector", _connector];
        foreach (var summary in (string[])["stored 1, replayed 0, conflict 0, invalid 1, unavailable 0, skipped 3.", "stored 0, replayed 1, conflict 0, invalid 1, unavailable 0, skipped 3."])
        {
            var (code, output, errors) = await RunAsync(arguments, file == "-" ? Report : "");
            var rejected = JsonNode.Parse(output)!;
            Assert.Multiple(() =>
            {
                Assert.That(code, Is.EqualTo(1), errors);
                Assert.That(((int?)rejected["line"], (string?)rejected["errorMessage"]), Is.EqualTo((2, "gross must be a number with a point and at most 2 decimals, such as 12.50 for a currency with two.")));
                Assert.That(errors, Does.Contain($"5 lines of").And.Contain(summary).And.Contain("Skipped, because they are no payments: fee 2, payout 1."));
            });
        }

        Assert.That(await ExportedAsync(), Is.EqualTo((string[])["pi_2"]));
    }

    [TestCase("payments.ndjson")]
    [TestCase("payments.csv")]
    public async Task Export_ToFile_CanBeImported(string file)
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
        Assert.That((code, errors.Contains("exists", StringComparison.Ordinal)), Is.EqualTo((2, true)), "an existing file is not overwritten");
        Assert.That(errors.TrimEnd(), Does.EndWith("already exists. Delete it, or choose another name."));
    }

    [Test]
    public async Task Export_NoDatabase_CreatesNone()
    {
        await RunAsync(["export", "--Database:ConnectionString=Data Source=none/none.db"]);
        Assert.That(Directory.Exists(Path.Combine(_folder.Path, "none")), Is.False);
    }

    [Test]
    public async Task ImportAndExport_OnePayment_ReportOneInSingular()
    {
        var (_, _, errors) = await RunAsync(["import", "-"], Lines(0, 1));
        Assert.That(errors, Does.Contain("1 line of"));
        (_, _, errors) = await RunAsync(["export", "--connectorID", _connector]);
        Assert.That(errors, Does.Contain("Wrote 1 payment to"));
    }

    [TestCase("health", "--urls={url}")]
    [TestCase("--urls={url}", "health")]
    [TestCase("--urls", "{url}", "health")]
    public async Task Health_Urls_AsksThatService(params string[] arguments)
    {
        var url = _client.BaseAddress!.ToString().TrimEnd('/');
        var (code, output, errors) = await RunAsync([.. arguments.Select(argument => argument.Replace("{url}", url, StringComparison.Ordinal))]);
        Assert.That((code, output.Trim()), Is.EqualTo((0, $"{url}/health/ready returns 200.")), errors);
    }

    [Test]
    public async Task Command_SettingWithoutColonBeforeIt_IsUsed()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "appsettings.Own.json"), """{"Database":{"Provider":"MySql"}}""");
        var (code, _, errors) = await RunAsync(["--environment=Own", "export"]);
        Assert.That((code, errors.TrimEnd()), Is.EqualTo((2, "Database:Provider is 'MySql'. Set it to Sqlite or SqlServer.")));
    }

    [Test]
    public async Task Export_ToStandardOutput_EqualsResponseOfService()
    {
        await RunAsync(["import", "-"], Lines(0, 3));
        var (code, output, _) = await RunAsync(["export", "--connectorID", _connector]);
        var answer = await _client.GetStringAsync($"api/payments/payments/export?connectorID={_connector}");
        Assert.That((code, output), Is.EqualTo((0, answer)));
    }

    [TestCase("Could not find file", "import", "none.ndjson")]
    [TestCase("Required argument missing for command: 'import'.", "import")]
    [TestCase("Unrecognized command or argument 'b'.", "import", "a", "b")]
    [TestCase("--format must be one of: ndjson, csv, stripe-balance, adyen-settlement.", "import", "-", "--format", "xml")]
    [TestCase("--connector is required with --format stripe-balance.", "import", "-", "--format", "stripe-balance")]
    [TestCase("connectorID must be the id of a connector of ADYEN", "import", "-", "--format", "adyen-settlement", "--connector", "{connector}")]
    [TestCase("--connector requires the --format of a provider's report.", "import", "-", "--connector", "{connector}")]
    [TestCase("Unrecognized command or argument '--colour=red'.", "import", "a", "--colour=red")]
    [TestCase("Required argument missing for option: '--format'.", "export", "--format")]
    [TestCase("status must be one of", "export", "--status", "DONE")]
    [TestCase("Required argument missing for option: '--status'.", "export", "--status")]
    [TestCase("Unrecognized command or argument 'SUCCEEDED'.", "export", "SUCCEEDED")]
    [TestCase("colour", "export", "--colour=red")]
    [TestCase("after must be", "export", "--after", "x")]
    [TestCase("Standard input contains no secret.", "hash-secret")]
    [TestCase("Unrecognized command or argument '--rounds=1'.", "hash-secret", "--rounds=1")]
    [TestCase("Unrecognized command or argument 'secret'.", "hash-secret", "secret")]
    [TestCase("Required argument missing for command: 'backup'.", "backup")]
    [TestCase("Unrecognized command or argument '--output=b'.", "backup", "a", "--output=b")]
    [TestCase("There is no backup at", "restore", "none.db")]
    [TestCase("There is no database at", "export", "--Database:ConnectionString=Data Source=none/none.db")]
    [TestCase("Unrecognized command or argument '--wrong-option'.", "import", "--wrong-option")]
    [TestCase("Unrecognized command or argument '-v'.", "backup", "-v")]
    [TestCase("BACKUP DATABASE", "backup", "a", "--Database:Provider=SqlServer", "--Database:ConnectionString=Server=db")]
    [TestCase("Database:Provider is 'MySql'", "export", "--Database:Provider=MySql")]
    [TestCase("Unrecognized command or argument 'restor'.", "restor", "a")]
    [TestCase("Required argument missing for option: '--verison'.", "--verison")]
    public async Task Command_WrongArgument_ExitsWith2AndReason(string message, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync([.. arguments.Select(argument => argument == "{connector}" ? _connector : argument)]);
        Assert.Multiple(() =>
        {
            Assert.That((code, output), Is.EqualTo((2, "")), errors);
            Assert.That(errors, Does.Contain(message));
            Assert.That(errors, Does.Not.Contain("   at "), "an operator cannot act on a stack trace");
        });
    }

    [TestCase("colour\n", "colour is not a column of an import")]
    [TestCase("reference;amount\n", "The cells seem to be separated by semicolons.")]
    [TestCase("long", "The line is larger than 256 KiB")]
    public async Task Import_WrongCsvHeader_ExitsWith2AndReason(string header, string reason)
    {
        await WriteAsync("payments.csv", header == "long" ? new string('a', 300_000) : header);
        var (code, _, errors) = await RunAsync(["import", "payments.csv"]);
        Assert.That(code, Is.EqualTo(2), errors);
        Assert.That(errors, Does.Contain(reason).And.Not.Contain("   at "));
    }

    [Test]
    [Platform(Exclude = "Win")]
    public async Task Import_Pipe_RecordsPayments()
    {
        var (code, _, errors) = await RunAsync(["import", "/dev/stdin"], Lines(1, 2));
        Assert.That((code, (await ExportedAsync()).Count), Is.EqualTo((0, 2)), errors);
    }

    [Test]
    public async Task HashSecret_Secret_PrintsHashThatAcceptsOnlyTheSecret()
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
        Assert.That((code, errors.Contains("the public secret of the Development client", StringComparison.Ordinal)), Is.EqualTo((2, true)), errors);
    }

    [TestCase("import", "--help", "<file>")]
    [TestCase("export", "-h", "--metadata[tenant]=acme")]
    [TestCase("export", "-h", "--afterCreatedAt")]
    [TestCase("--help", "hash-secret")]
    public async Task Help_AnyCommand_PrintsItsArguments(params string[] argumentsAndText)
    {
        var (code, output, errors) = await RunAsync(argumentsAndText[..^1]);
        Assert.That((code, errors), Is.EqualTo((0, "")));
        Assert.That(output, Does.Contain(argumentsAndText[^1]));
    }

    [Test]
    public async Task Version_Always_PrintsVersionAndDoesNotStartService()
    {
        var (code, output, errors) = await RunAsync(["--version"]);
        Assert.That((code, output.Trim(), errors), Is.EqualTo((0, typeof(Program).Assembly.GetName().Version!.ToString(3), "")));
    }

    [Test]
    public async Task Export_FiltersInEveryForm_ReturnsMatchingPayments()
    {
        await RunAsync(["import", "-"], string.Join('\n', Payment(1, "PENDING", "x"), Payment(2, "SUCCEEDED", "x"), Payment(3, "FAILED", "x"), Payment(4, "PENDING", "y")));
        var (code, output, errors) = await RunAsync(["export", "--status", "PENDING", "--status=SUCCEEDED", "--metadata[stripe:charge]=x", "--connectorID", _connector]);
        Assert.That(code, Is.Zero, errors);
        Assert.That(References(output), Is.EquivalentTo((string[])["1", "2"]));

        string Payment(int reference, string status, string charge) => Request.Payment(
            _connector, ("reference", $"\"{reference}\""), ("status", $"\"{status}\""), ("metadata", $$"""{"stripe:charge":"{{charge}}"}"""));
    }

    [TestCase("--Database:ConnectionString=Data Source=other.db")]
    [TestCase("--Database:ConnectionString", "Data Source=other.db")]
    public async Task Import_SettingBeforeCommand_UsesSetting(params string[] setting)
    {
        var (code, _, errors) = await RunAsync([.. setting, "import", "-"], Lines(0, 1));
        Assert.That(code, Is.EqualTo(1), errors);
        Assert.That(errors, Does.Contain("invalid 1"), "the connector is not in the other database");
        Assert.That(File.Exists(Path.Combine(_folder.Path, "other.db")), Is.True);
    }

    [Test]
    public async Task Import_Interrupted_FinishesReadLinesAndReportsThem()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no SIGINT to send.");
            return;
        }

        using var process = Start("import", "-");
        await process.Input.WriteLineAsync(Lines(0, 30) + "\n{}");
        await process.Input.FlushAsync();
        // Its error shows that the lines before it are recorded. The command now waits for more lines.
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
        References(await _client.GetStringAsync($"api/payments/payments/export?connectorID={_connector}"));

    private static List<string> References(string ndjson) =>
        [.. ndjson.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string)JsonNode.Parse(line)!["reference"]!)];

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
