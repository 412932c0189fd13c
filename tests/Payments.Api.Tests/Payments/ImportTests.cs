using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Payments;

public sealed class ImportTests
{
    private const string Address = "api/payments/payments/import";

    private PaymentsService _service = null!;
    private string _connector = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _service = await new PaymentsService().AuthorizedAsync();

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [SetUp]
    public async Task InstallAsync() => _connector = await _service.InstallAsync();

    [Test]
    public async Task Import_OfGoodAndBadLines_AnswersEachInItsPlaceAndStoresTheGoodOnes()
    {
        var answers = await ImportAsync(string.Join('\n',
            Line("a"),
            "",
            "nonsense",
            Line("b", ("amount", "-1"), ("scheme", "\"Visa\"")),
            Line("a"),
            Line("a", ("amount", "101")),
            Line("c", ("colour", "1")),
            Line("long", ("raw", $"{{\"x\":\"{new string('x', 300_000)}\"}}")),
            Line("d")));
        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(answer => (int)answer["line"]!), Is.EqualTo(Enumerable.Range(1, 9)));
            Assert.That(
                answers.Select(answer => (string?)answer["outcome"]),
                Is.EqualTo((string[])["stored", "invalid", "invalid", "invalid", "replayed", "conflict", "invalid", "invalid", "stored"]));
            Assert.That(
                answers.Select(answer => (string?)answer["errorCode"]),
                Is.EqualTo((string?[])[
                    null, "MISSING_OR_INVALID_BODY", "MISSING_OR_INVALID_BODY", "VALIDATION", null, "CONFLICT", "MISSING_OR_INVALID_BODY", "BODY_TOO_LARGE", null]));
            Assert.That(answers[3]["errors"]!.AsObject().Select(error => error.Key), Is.EqualTo((string[])["amount", "scheme"]));
            Assert.That((string?)answers[5]["errors"]!["amount"]![0], Does.Contain("100"));
            Assert.That((string?)answers[4]["id"], Is.EqualTo((string?)answers[0]["id"]));
        });
        Assert.That(await ReferencesAsync(), Is.EquivalentTo((string[])["a", "d"]));
    }

    [Test]
    public async Task Import_OfALine_AnswersWhatTheSameCreateAnswers()
    {
        var request = Line("a", ("amount", "\"1\""), ("reference", "7"), ("more", "1"));
        var (_, problem) = await _service.PostAsync("payments", request);
        var answer = (await ImportAsync(request)).Single();
        Assert.Multiple(() =>
        {
            Assert.That((string?)answer["errorCode"], Is.EqualTo((string?)problem["errorCode"]));
            Assert.That((string?)answer["errorMessage"], Is.EqualTo((string?)problem["errorMessage"]));
            Assert.That(answer["errors"]!.ToJsonString(), Is.EqualTo(problem["errors"]!.ToJsonString()));
        });
    }

    [TestCase("\ufeff{0}\r\n{1}\r\n", TestName = "Import_WithAMarkAndWindowsLineEnds_TakesEachLine")]
    [TestCase("{0}\n{1}", TestName = "Import_WithoutALastLineEnd_TakesEachLine")]
    public async Task Import_OfAnyLineEnds(string format)
    {
        var answers = await ImportAsync(string.Format(null, CompositeFormat.Parse(format), Line("a"), Line("b")));
        Assert.That(answers.Select(answer => (string?)answer["outcome"]), Is.EqualTo((string[])["stored", "stored"]));
    }

    [Test]
    public async Task Import_OfNothing_AnswersNothing() => Assert.That(await ImportAsync(""), Is.Empty);

    [Test]
    public async Task Import_OfManyStepsOfOnePayment_TakesThemInTheirOrder()
    {
        // Out of order the second half would refund what is not there yet, or replay what has not been.
        var lines = Enumerable.Range(0, 200).SelectMany(i => (string[])
        [
            Line($"{i}", ("amount", "100")),
            Line($"{i}", ("amount", "100"), ("status", "\"SUCCEEDED\""), ("createdAt", "\"2024-05-01T12:00:01Z\"")),
            Line($"{i}", ("amount", "60"), ("status", "\"REFUNDED\""), ("createdAt", "\"2024-05-01T12:00:02Z\"")),
            Line($"{i}", ("amount", "100")),
        ]);
        var answers = await ImportAsync(string.Join('\n', lines));
        Assert.That(
            answers.Chunk(4).Select(payment => string.Join(',', payment.Select(answer => (string?)answer["outcome"]))),
            Has.All.EqualTo("stored,stored,stored,replayed"));
    }

    [Test]
    public async Task Import_SentTwice_StoresNothingTwice()
    {
        var lines = string.Join('\n', Enumerable.Range(0, 300).Select(i => Line($"{i}")));
        var first = await ImportAsync(lines);
        var second = await ImportAsync(lines);
        Assert.Multiple(() =>
        {
            Assert.That(first.Select(answer => (string?)answer["outcome"]), Has.All.EqualTo("stored"));
            Assert.That(second.Select(answer => (string?)answer["outcome"]), Has.All.EqualTo("replayed"));
        });
        Assert.That((await ReferencesAsync()).Count, Is.EqualTo(300));
    }

    [Test]
    public async Task Import_ByAClientThatReadsNothingUntilItHasSentAll_IsNotADeadlock()
    {
        // An answer names the faulty member twice: together they are more than all buffers on the way hold.
        const int Count = 8_000;
        using var socket = await ConnectAsync("application/x-ndjson");
        var chunk = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"{{\"{new string('x', 1000)}\":1}}\n", 1000)));
        for (var i = 0; i < Count / 1000; i++)
        {
            await SendChunkAsync(socket, chunk);
        }

        await SendChunkAsync(socket, []);
        using var answer = new MemoryStream();
        await foreach (var piece in ReadChunksAsync(socket))
        {
            answer.Write(piece);
        }

        var lines = Encoding.UTF8.GetString(answer.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Multiple(() =>
        {
            Assert.That(answer.Length, Is.GreaterThan(16_000_000));
            Assert.That(lines.Select(line => (int)JsonNode.Parse(line)!["line"]!), Is.EqualTo(Enumerable.Range(1, Count)));
        });
    }

    [Test]
    public async Task Import_ByAClientThatReadsAlong_AnswersALineBeforeTheNextOneIsSent()
    {
        using var socket = await ConnectAsync("application/x-ndjson");
        await SendChunkAsync(socket, Encoding.UTF8.GetBytes(Line("1") + "\n"));
        var answered = 0;
        await foreach (var piece in ReadChunksAsync(socket))
        {
            Assert.That(Encoding.UTF8.GetString(piece), Does.StartWith($"{{\"line\":{++answered},\"outcome\":\"stored\"").And.EndsWith("\n"));
            await SendChunkAsync(socket, answered == 3 ? [] : Encoding.UTF8.GetBytes(Line($"{answered + 1}") + "\n"));
        }

        Assert.That(answered, Is.EqualTo(3));
    }

    [Test]
    public async Task Import_WhenTheClientGoes_KeepsWhatIsWholeAndTakesAllWhenSentAgain()
    {
        using (var socket = await ConnectAsync("application/x-ndjson"))
        {
            using var reader = new StreamReader(new NetworkStream(socket));
            await SendChunkAsync(socket, Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 500).Select(i => Line($"{i}"))) + "\n{\"refer"));
            await reader.ReadLineAsync();
            socket.LingerState = new LingerOption(true, 0);
        }

        var answers = await ImportAsync(string.Join('\n', Enumerable.Range(0, 600).Select(i => Line($"{i}"))));
        Assert.That(answers.Select(answer => (string?)answer["outcome"]), Has.All.EqualTo("stored").Or.EqualTo("replayed"));
        Assert.That((await ReferencesAsync()).Distinct().Count(), Is.EqualTo(600));
    }

    [TestCase("application/json", 415)]
    [TestCase("application/x-ndjson; charset=latin1", 415)]
    [TestCase("application/x-ndjson", 200)]
    [TestCase("application/ndjson; charset=utf-8", 200)]
    [TestCase("application/jsonl", 200)]
    public async Task Import_OfAMediaType_IsTakenWhereItIsLines(string type, int status)
    {
        using var response = await SendAsync(Line("a"), type);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
    }

    [TestCase("application/json", 406)]
    [TestCase("application/x-ndjson;q=0", 406)]
    [TestCase("application/x-ndjson", 200)]
    [TestCase("application/*", 200)]
    public async Task Import_ForAnAcceptHeader_AnswersWhereItTakesLines(string accept, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address) { Content = Content(Line("a")), Headers = { Accept = { MediaTypeWithQualityHeaderValue.Parse(accept) } } };
        using var response = await _service.Client.SendAsync(request);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task Import_Compressed_IsRefused()
    {
        using var content = Content(Line("a"));
        content.Headers.ContentEncoding.Add("gzip");
        using var response = await _service.Client.PostAsync(Address, content);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
    }

    [TestCase(null, 401)]
    [TestCase("payments:read", 403)]
    public async Task Import_WithoutTheScope_IsRefusedBeforeAnyLine(string? scope, int status)
    {
        using var client = new HttpClient { BaseAddress = _service.Client.BaseAddress };
        client.DefaultRequestHeaders.Authorization = scope is null ? null : new AuthenticationHeaderValue("Bearer", await _service.TokenAsync(scope));
        using var response = await client.PostAsync(Address, Content(Line("a")));
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
    }

    [Test]
    public async Task Import_OfCsv_TakesAnyColumnsOfAnExport()
    {
        var answers = await ImportAsync(
            "\ufeffreference,connectorID,createdAt,amount,type,status,scheme,asset,metadata\r\n"
            + $"\"a, \"\"b\"\"\",{_connector},2024-05-01T12:00:00Z,100,PAY-IN,PENDING,visa,USD/2,\"{{\"\"note\"\":\"\"x\"\"}}\"\r\n"
            + $"c,{_connector},2024-05-01T12:00:00Z,1.5,PAY-IN,PENDING,visa,USD/2,{{\r\n"
            + $"d\",{_connector},2024-05-01T12:00:00Z,1,PAY-IN,PENDING,visa,USD/2,\r\n"
            + $"too,few\r\n"
            + "\r\n"
            + $"\"e\nf\",{_connector},2024-05-01T12:00:00Z,1,PAY-IN,PENDING,visa,USD/2,\r\n"
            + $"g,{_connector},2024-05-01T12:00:00Z,1,PAY-IN,PENDING,visa,USD/2,",
            "text/csv");
        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(answer => (int)answer["line"]!), Is.EqualTo(Enumerable.Range(2, 7)));
            Assert.That(
                answers.Select(answer => (string?)answer["errorCode"]),
                Is.EqualTo((string?[])[null, "VALIDATION", "MISSING_OR_INVALID_BODY", "MISSING_OR_INVALID_BODY", "MISSING_OR_INVALID_BODY", "VALIDATION", null]));
            Assert.That(answers[1]["errors"]!.AsObject().Select(error => error.Key), Is.EqualTo((string[])["amount", "metadata"]));
            Assert.That(answers[5]["errors"]!.AsObject().Select(error => error.Key), Is.EqualTo((string[])["reference"]));
        });
        Assert.That(await ReferencesAsync(), Is.EquivalentTo((string[])["a, \"b\"", "g"]));
    }

    [TestCase("reference;connectorID", "reference;connectorID")]
    [TestCase("id,colour,reference", "colour")]
    [TestCase("reference,reference", "reference")]
    public async Task Import_OfCsvWithAnotherHeader_IsRefusedAsAWhole(string header, string field)
    {
        using var response = await SendAsync($"{header}\r\na,b\r\n", "text/csv");
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Multiple(() =>
        {
            Assert.That((int)response.StatusCode, Is.EqualTo(400));
            Assert.That(problem["errors"]!.AsObject().Select(error => error.Key), Is.EqualTo((string[])[field]));
        });
    }

    [Test]
    public async Task Import_OfANameThatIsNotWholeText_IsTheLinesFault()
    {
        var answer = (await ImportAsync("""{"\ud800 and as long as that":1,"adjustments":[]}""")).Single();
        Assert.That(((string?)answer["outcome"], (string?)answer["errorCode"]), Is.EqualTo(("invalid", "MISSING_OR_INVALID_BODY")));
    }

    [TestCase("""{"raw":{"text":"{long}"}}""", "must have raws of at most 256 KiB")]
    [TestCase("{many}", "must be at most 1000")]
    public async Task Import_OfALifeThatIsTooMuch_IsRefused(string steps, string rule)
    {
        var filled = steps.Replace("{long}", new string('x', 256 * 1024), StringComparison.Ordinal)
            .Replace("{many}", string.Join(',', Enumerable.Repeat("{}", 1001)), StringComparison.Ordinal);
        var answer = (await ImportAsync($$"""{"adjustments":[{{filled}}]}""")).Single();
        Assert.That((string?)answer["errors"]!["adjustments"]![0], Is.EqualTo(rule));
    }

    [Test]
    public async Task Import_OfVeryManyFaults_NamesNotAllOfThem()
    {
        var steps = string.Join(',', Enumerable.Repeat("{}", 1000));
        var answer = (await ImportAsync($$"""{"adjustments":[{{steps}}]}""")).Single();
        using var response = await SendAsync(string.Join(',', Enumerable.Range(0, 1000).Select(i => $"c{i}")) + "\n", "text/csv");
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.That((answer["errors"]!.AsObject().Count, problem["errors"]!.AsObject().Count), Is.EqualTo((100, 100)));
    }

    private string Line(string reference, params (string Name, string? Json)[] changes) =>
        Request.Payment(_connector, [("reference", JsonSerializer.Serialize(reference)), .. changes]);

    private async Task<List<JsonObject>> ImportAsync(string lines, string type = "application/x-ndjson")
    {
        using var response = await SendAsync(lines, type);
        var answer = await response.Content.ReadAsStringAsync();
        Assert.That((int)response.StatusCode, Is.EqualTo(200), answer);
        return [.. answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    private Task<HttpResponseMessage> SendAsync(string lines, string type = "application/x-ndjson") =>
        _service.Client.PostAsync(Address, Content(lines, type));

    private static ByteArrayContent Content(string lines, string type = "application/x-ndjson") =>
        new(Encoding.UTF8.GetBytes(lines)) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };

    private async Task<List<string>> ReferencesAsync()
    {
        var lines = await _service.Client.GetStringAsync($"api/payments/payments/export?connectorID={_connector}");
        return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string)JsonNode.Parse(line)!["reference"]!)];
    }

    /// <summary>A request whose body the test sends itself.</summary>
    private async Task<Socket> ConnectAsync(string type)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_service.Client.BaseAddress!.Host, _service.Client.BaseAddress.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST /{Address} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {_service.Client.DefaultRequestHeaders.Authorization}\r\n"
            + $"Content-Type: {type}\r\nTransfer-Encoding: chunked\r\n\r\n"));
        return socket;
    }

    private static async Task SendChunkAsync(Socket socket, byte[] chunk)
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"));
        await socket.SendAsync(chunk);
        await socket.SendAsync("\r\n"u8.ToArray());
    }

    /// <summary>The pieces of the answer's body as they come.</summary>
    private static async IAsyncEnumerable<byte[]> ReadChunksAsync(Socket socket)
    {
        await using var stream = new BufferedStream(new NetworkStream(socket));
        while (await LineAsync() is not "")
        {
        }

        while (Convert.ToInt32(await LineAsync(), 16) is > 0 and var length)
        {
            var piece = new byte[length];
            await stream.ReadExactlyAsync(piece);
            await LineAsync();
            yield return piece;
        }

        async Task<string> LineAsync()
        {
            var line = new StringBuilder();
            var one = new byte[1];
            while (line.Length < 2 || line[^1] != '\n')
            {
                await stream.ReadExactlyAsync(one);
                line.Append((char)one[0]);
            }

            return line.ToString().TrimEnd();
        }
    }
}
