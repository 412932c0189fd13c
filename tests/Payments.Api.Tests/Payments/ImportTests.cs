using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Payments;

internal sealed class ImportTests : ServiceFixture
{
    private const string Path = "api/payments/payments/import";

    [Test]
    public async Task Import_ValidAndInvalidLines_StoresOnlyValidOnes()
    {
        var results = await Service.ImportAsync(string.Join('\n',
            Line("a"),
            "nonsense",
            Line("b", ("amount", "-1"), ("scheme", "\"Visa\"")),
            Line("a"),
            Line("a", ("amount", "101")),
            Line("c", ("colour", "1")),
            Line("long", ("raw", $"{{\"x\":\"{new string('x', 300_000)}\"}}")),
            Line("d")));
        Assert.Multiple(() =>
        {
            Assert.That(results.Select(result => (int)result["line"]!), Is.EqualTo(Enumerable.Range(1, 8)));
            Assert.That(
                Outcomes(results), Is.EqualTo((string[])["stored", "invalid", "invalid", "replayed", "conflict", "invalid", "invalid", "stored"]));
            Assert.That(
                ErrorCodes(results),
                Is.EqualTo((string?[])[null, "MISSING_OR_INVALID_BODY", "VALIDATION", null, "CONFLICT", "MISSING_OR_INVALID_BODY", "BODY_TOO_LARGE", null]));
            Assert.That(results[2].Fields(), Is.EqualTo((string[])["amount", "scheme"]));
            Assert.That((string?)results[4]["errors"]!["amount"]![0], Does.Contain("100"));
            Assert.That((string?)results[3]["id"], Is.EqualTo((string?)results[0]["id"]));
        });
        Assert.That(await ReferencesAsync(), Is.EquivalentTo((string[])["a", "d"]));
    }

    [Test]
    public async Task Import_InvalidLine_ReturnsSameErrorAsCreate()
    {
        var request = Line("a", ("amount", "\"1\""), ("reference", "7"), ("more", "1"));
        var (_, problem) = await Service.PostAsync("payments", request);
        var result = (await Service.ImportAsync(request)).Single();
        Assert.Multiple(() =>
        {
            Assert.That((string?)result["errorCode"], Is.EqualTo((string?)problem["errorCode"]));
            Assert.That((string?)result["errorMessage"], Is.EqualTo((string?)problem["errorMessage"]));
            Assert.That(result["errors"]!.ToJsonString(), Is.EqualTo(problem["errors"]!.ToJsonString()));
        });
    }

    [TestCase("\ufeff{0}\r\n{1}\r\n")]
    [TestCase("{0}\n{1}")]
    public async Task Import_AnyLineEnds_StoresEachLine(string format)
    {
        var results = await Service.ImportAsync(string.Format(null, CompositeFormat.Parse(format), Line("a"), Line("b")));
        Assert.That(Outcomes(results), Is.EqualTo((string[])["stored", "stored"]));
    }

    [TestCase("")]
    [TestCase("\n \t\r\n")]
    public async Task Import_NoLines_ReturnsNothing(string lines) => Assert.That(await Service.ImportAsync(lines), Is.Empty);

    [Test]
    public async Task Import_BlankLines_SkipsThemAndKeepsLineNumbers()
    {
        var results = await Service.ImportAsync($"\n{Line("a")}\n\n \t\r\n{Line("b")}\n\n");
        Assert.That(results.Select(result => ((int)result["line"]!, (string?)result["outcome"])), Is.EqualTo(((int, string?)[])[(2, "stored"), (5, "stored")]));
    }

    [Test]
    public async Task Import_ManyReportsOfOnePayment_RecordsThemInOrder()
    {
        // In another order, a line would refund a payment that does not exist yet, or replay one that is not recorded.
        var lines = Enumerable.Range(0, 200).SelectMany(i => (string[])
        [
            Line($"{i}", ("amount", "100")),
            Line($"{i}", ("amount", "100"), ("status", "\"SUCCEEDED\""), ("createdAt", "\"2024-05-01T12:00:01Z\"")),
            Line($"{i}", ("amount", "60"), ("status", "\"REFUNDED\""), ("createdAt", "\"2024-05-01T12:00:02Z\"")),
            Line($"{i}", ("amount", "100")),
        ]);
        var results = await Service.ImportAsync(string.Join('\n', lines));
        Assert.That(Outcomes(results).Chunk(4).Select(payment => string.Join(',', payment)), Has.All.EqualTo("stored,stored,stored,replayed"));
    }

    [Test]
    public async Task Import_SentTwice_StoresNothingTwice()
    {
        var lines = string.Join('\n', Enumerable.Range(0, 300).Select(i => Line($"{i}")));
        var first = await Service.ImportAsync(lines);
        var second = await Service.ImportAsync(lines);
        Assert.Multiple(() =>
        {
            Assert.That(Outcomes(first), Has.All.EqualTo("stored"));
            Assert.That(Outcomes(second), Has.All.EqualTo("replayed"));
        });
        Assert.That((await ReferencesAsync()).Count, Is.EqualTo(300));
    }

    [Test]
    public async Task Import_ClientReadsOnlyAfterSendingAll_DoesNotDeadlock()
    {
        // A result names the unknown member twice: together, the results exceed all buffers on the way.
        const int Count = 8_000;
        using var socket = await ConnectAsync();
        var chunk = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"{{\"{new string('x', 1000)}\":1}}\n", 1000)));
        for (var i = 0; i < Count / 1000; i++)
        {
            await SendChunkAsync(socket, chunk);
        }

        await SendChunkAsync(socket, []);
        using var response = new MemoryStream();
        await foreach (var piece in ReadChunksAsync(socket))
        {
            response.Write(piece);
        }

        var results = Encoding.UTF8.GetString(response.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Multiple(() =>
        {
            Assert.That(response.Length, Is.GreaterThan(16_000_000));
            Assert.That(results.Select(result => (int)JsonNode.Parse(result)!["line"]!), Is.EqualTo(Enumerable.Range(1, Count)));
        });
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Import_ClientReadsWhileSending_ReturnsEachResultBeforeNextLine(bool isGzip)
    {
        using var socket = await ConnectAsync(isGzip ? "Content-Encoding: gzip\r\n" : "");
        using var body = new MemoryStream();
        await using Stream lines = isGzip ? new GZipStream(body, CompressionLevel.Fastest) : body;
        await SendLineAsync(1);
        var count = 0;
        await foreach (var piece in ReadChunksAsync(socket))
        {
            Assert.That(Encoding.UTF8.GetString(piece), Does.StartWith($"{{\"line\":{++count},\"outcome\":\"stored\"").And.EndsWith("\n"));
            if (count < 3)
            {
                await SendLineAsync(count + 1);
            }
            else
            {
                await lines.DisposeAsync();
                if (body.ToArray() is { Length: > 0 } end)
                {
                    await SendChunkAsync(socket, end);
                }

                await SendChunkAsync(socket, []);
            }
        }

        Assert.That(count, Is.EqualTo(3));

        async Task SendLineAsync(int number)
        {
            lines.Write(Encoding.UTF8.GetBytes($"{Line($"{number}")}\n"));
            lines.Flush();
            await SendChunkAsync(socket, body.ToArray());
            body.SetLength(0);
        }
    }

    [Test]
    public async Task Import_ConnectionLost_KeepsCompleteLinesAndCanBeSentAgain()
    {
        using (var socket = await ConnectAsync())
        {
            using var reader = new StreamReader(new NetworkStream(socket));
            await SendChunkAsync(socket, Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 500).Select(i => Line($"{i}"))) + "\n{\"refer"));
            await reader.ReadLineAsync();
            socket.LingerState = new LingerOption(true, 0);
        }

        var results = await Service.ImportAsync(string.Join('\n', Enumerable.Range(0, 600).Select(i => Line($"{i}"))));
        Assert.That(Outcomes(results), Has.All.EqualTo("stored").Or.EqualTo("replayed"));
        Assert.That((await ReferencesAsync()).Distinct().Count(), Is.EqualTo(600));
    }

    [TestCase("application/json", 415)]
    [TestCase("application/x-ndjson; charset=latin1", 415)]
    [TestCase("application/x-ndjson", 200)]
    [TestCase("application/ndjson; charset=utf-8", 200)]
    [TestCase("application/jsonl", 200)]
    public async Task Import_MediaType_Returns415IfNotSupported(string type, int status)
    {
        using var response = await SendAsync(Line("a"), type);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
    }

    [TestCase("application/json", 406)]
    [TestCase("application/x-ndjson;q=0", 406)]
    [TestCase("application/x-ndjson", 200)]
    [TestCase("application/*", 200)]
    public async Task Import_AcceptHeader_Returns406IfItExcludesNdjson(string accept, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = Content(Line("a")), Headers = { Accept = { MediaTypeWithQualityHeaderValue.Parse(accept) } } };
        using var response = await Service.Client.SendAsync(request);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
    }

    [TestCase("gzip")]
    [TestCase("GZIP")]
    [TestCase("identity")]
    public async Task Import_AcceptedContentEncoding_StoresLines(string encoding)
    {
        var bytes = Encoding.UTF8.GetBytes($"{Line("a")}\n{Line("b")}");
        using var response = await SendEncodedAsync(encoding == "identity" ? bytes : Gzip(bytes), encoding);
        Assert.That(Outcomes(await PaymentsService.ReadResultsAsync(response)), Is.EqualTo((string[])["stored", "stored"]));
    }

    [TestCase("br")]
    [TestCase("deflate")]
    [TestCase("gzip, gzip")]
    public async Task Import_OtherContentEncoding_Returns415NamingAcceptedOnes(string encoding)
    {
        using var response = await SendEncodedAsync(Gzip(Encoding.UTF8.GetBytes(Line("a"))), encoding);
        var problem = await response.JsonAsync();
        Assert.Multiple(() =>
        {
            Assert.That((int)response.StatusCode, Is.EqualTo(415));
            Assert.That(response.Headers.GetValues("Accept-Encoding"), Is.EqualTo((string[])["gzip, identity"]));
            Assert.That((string?)problem["detail"], Does.Contain("gzip"));
        });
    }

    [Test]
    public async Task Import_BodyIsNotGzip_Returns400()
    {
        using var response = await SendEncodedAsync(Encoding.UTF8.GetBytes(Line("a")), "gzip");
        var problem = await response.JsonAsync();
        Assert.That(((int)response.StatusCode, (string?)problem["errorCode"]), Is.EqualTo((400, "MISSING_OR_INVALID_BODY")));
        Assert.That((string?)problem["detail"], Does.Contain("gzip"));
    }

    [Test]
    public async Task Import_TruncatedGzip_EndsWithLineThatSaysWhy()
    {
        var gzip = Gzip(Encoding.UTF8.GetBytes($"{Line("a")}\n"));
        using var response = await SendEncodedAsync(gzip[..^1], "gzip");
        var results = await PaymentsService.ReadResultsAsync(response);
        Assert.Multiple(() =>
        {
            Assert.That(Outcomes(results), Is.EqualTo((string[])["stored", "invalid"]));
            Assert.That(((long?)results[1]["line"], (string?)results[1]["errorCode"]), Is.EqualTo((2, "MISSING_OR_INVALID_BODY")));
            Assert.That((string?)results[1]["errorMessage"], Is.EqualTo("The body is not gzip, or it is damaged or truncated. The rest was not imported. Send all lines again."));
        });
    }

    [TestCase(null, 401)]
    [TestCase("payments:read", 403)]
    public async Task Import_TokenWithoutScope_IsRejectedBeforeAnyLine(string? scope, int status)
    {
        using var client = new HttpClient { BaseAddress = Service.Client.BaseAddress };
        client.DefaultRequestHeaders.Authorization = scope is null ? null : new AuthenticationHeaderValue("Bearer", await Service.TokenAsync(scope));
        using var response = await client.PostAsync(Path, Content(Line("a")));
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That(await ReferencesAsync(), Is.Empty);
    }

    [Test]
    public async Task Import_CsvWithSomeColumns_ReturnsResultOfEachRecord()
    {
        var results = await Service.ImportAsync(
            "\ufeffreference,connectorID,createdAt,amount,type,status,scheme,asset,metadata\r\n"
            + $"\"a, \"\"b\"\"\",{Connector},2024-05-01T12:00:00Z,100,PAY-IN,PENDING,visa,USD/2,\"{{\"\"note\"\":\"\"x\"\"}}\"\r\n"
            + $"c,{Connector},2024-05-01T12:00:00Z,1.5,PAY-IN,PENDING,visa,USD/2,{{\r\n"
            + $"d\",{Connector},2024-05-01T12:00:00Z,1,PAY-IN,PENDING,visa,USD/2,\r\n"
            + $"too,few\r\n"
            + "\r\n"
            + $"\"e\nf\",{Connector},2024-05-01T12:00:00Z,1,PAY-IN,PENDING,visa,USD/2,\r\n"
            + $"g,{Connector},2024-05-01T12:00:00Z,1,PAY-IN,PENDING,visa,USD/2,",
            "text/csv");
        Assert.Multiple(() =>
        {
            Assert.That(results.Select(result => (int)result["line"]!), Is.EqualTo((int[])[2, 3, 4, 5, 7, 8]));
            Assert.That(
                ErrorCodes(results),
                Is.EqualTo((string?[])[null, "VALIDATION", "MISSING_OR_INVALID_BODY", "MISSING_OR_INVALID_BODY", "VALIDATION", null]));
            Assert.That(results[1].Fields(), Is.EqualTo((string[])["amount", "metadata"]));
            Assert.That(results[4].Fields(), Is.EqualTo((string[])["reference"]));
        });
        Assert.That(await ReferencesAsync(), Is.EquivalentTo((string[])["a, \"b\"", "g"]));
    }

    [TestCase("\"a,1\nb,2\n\nc,3\n", "The quote that opens on line 2 of the file is never closed. The record spans 4 lines.")]
    [TestCase("a,\"1\nb,2", "The quote that opens on line 2 of the file is never closed. The record spans 2 lines.")]
    [TestCase("\"a\n1\",1\n\"b,2\n", "The quote that opens on line 4 of the file is never closed.")]
    [TestCase("\"a \n\"\"b\n", "The quote that opens on line 2 of the file is never closed. The record spans 2 lines.")]
    [TestCase("\"a,1\n\"b\",2\n", "The record is not CSV (RFC 4180), because a quote is misplaced. It spans 2 lines; check its quotes.")]
    [TestCase("\"a,1\n\",2,\n", "The record has 3 cells, but the header has 2. It spans 2 lines; check its quotes.")]
    [TestCase("a\"\",1\n", "The record is not CSV (RFC 4180), because a quote is misplaced.")]
    [TestCase("a,1,2\n", "The record has 3 cells, but the header has 2.")]
    [TestCase("a\rb,1\n", "The record contains a carriage return outside quotes. End each record with CRLF or LF.")]
    public async Task Import_InvalidRecord_ReturnsReasonAndNumberOfLines(string records, string error)
    {
        var result = (await Service.ImportAsync($"reference,amount\n{records}", "text/csv"))[^1];
        Assert.That(((string?)result["errorCode"], (string?)result["errorMessage"]), Is.EqualTo(("MISSING_OR_INVALID_BODY", error)));
    }

    [TestCase("reference;connectorID;amount", "semicolons")]
    [TestCase("\"reference\";\"connectorID\"", "semicolons")]
    [TestCase("ours;reference", "semicolons")]
    [TestCase("reference\tconnectorID", "tabs")]
    public async Task Import_CsvSeparatedByOtherCharacter_Returns400NamingIt(string header, string separator)
    {
        var problem = await ImportProblemAsync($"{header}\na\n");
        Assert.That(
            ((string?)problem["errorCode"], (string?)problem["detail"]),
            Is.EqualTo(("MISSING_OR_INVALID_BODY", $"The cells seem to be separated by {separator}. Separate them by commas.")));
    }

    [Test]
    public async Task Import_CsvWithUnknownColumns_Returns400NamingThemAndListsKnownOnesOnce()
    {
        var problem = await ImportProblemAsync("id,colour,reference,shade\n");
        Assert.Multiple(() =>
        {
            Assert.That(problem.Fields(), Is.EqualTo((string[])["colour", "shade"]));
            Assert.That((string?)problem["errors"]!["colour"]![0], Does.StartWith("is not a column of an import; the columns are id, reference, "));
            Assert.That((string?)problem["errors"]!["shade"]![0], Is.EqualTo("is not a column of an import"));
        });
    }

    [Test]
    public async Task Import_CsvWithColumnsInOtherCase_Returns400NamingTheRightOnes()
    {
        var problem = await ImportProblemAsync("Reference,connectorid \n");
        Assert.That((string?)problem["errors"]!["Reference"]![0], Is.EqualTo("must be spelled reference; the names of columns are case-sensitive"));
        Assert.That((string?)problem["errors"]!["connectorid "]![0], Is.EqualTo("must be spelled connectorID; the names of columns are case-sensitive"));
    }

    [Test]
    public async Task Import_CsvWithEmptyHeaderCell_Returns400NamingCell()
    {
        var problem = await ImportProblemAsync("reference,,amount\n");
        Assert.That(
            ((string?)problem["errorCode"], (string?)problem["errors"]!["header"]![0]),
            Is.EqualTo(("VALIDATION", "must have the name of a column in each cell; cell 2 is empty")));
    }

    [Test]
    public async Task Import_CsvWithRepeatedColumn_Returns400NamingIt() =>
        Assert.That((await ImportProblemAsync("reference,reference\n")).Fields(), Is.EqualTo((string[])["reference"]));

    [TestCase(1, 1000, 500)]
    [TestCase(1000, 4, 5000)]
    public async Task Import_CsvWithInvalidHeader_ReturnsShortProblem(int columns, int length, int maxLength)
    {
        var problem = await ImportProblemAsync(string.Join(',', Enumerable.Range(0, columns).Select(i => $"{i}".PadLeft(length, 'c'))) + "\n");
        Assert.That(problem.Fields().Length, Is.EqualTo(Math.Min(columns, 100)));
        Assert.That(((string)problem["detail"]!).Length, Is.LessThan(maxLength));
    }

    [Test]
    public async Task Import_CsvWithTooLongHeader_Returns413()
    {
        using var response = await SendAsync(new string('a', 300_000), "text/csv");
        Assert.That((int)response.StatusCode, Is.EqualTo(413));
    }

    [Test]
    public async Task Import_MemberNameWithLoneSurrogate_IsInvalid()
    {
        var result = (await Service.ImportAsync("""{"\ud800 and as long as that":1,"adjustments":[]}""")).Single();
        Assert.That(((string?)result["outcome"], (string?)result["errorCode"]), Is.EqualTo(("invalid", "MISSING_OR_INVALID_BODY")));
    }

    [Test]
    public async Task Import_IndentedObject_SaysThatNdjsonHasOneObjectPerLine()
    {
        var results = await Service.ImportAsync("{\n  \"reference\": \"a\",\n}\n{\"reference\":}");
        Assert.That(
            results.Select(result => (string?)result["errorMessage"]),
            Is.EqualTo((string[])
            [
                "The body is not valid JSON. The first error is at byte 2. NDJSON has one object per line.",
                "The body must be a JSON object. NDJSON has one object per line.",
                "The body must be a JSON object. NDJSON has one object per line.",
                "The body is not valid JSON. The first error is at byte 14.",
            ]));
    }

    [TestCase("""{"raw":{"text":"{long}"}}""", "must have a raw of at most 256 KiB in each adjustment")]
    [TestCase("{many}", "must have at most 1000 items")]
    [TestCase("{},7", "must be a JSON array of objects with reference, createdAt, status, amount and raw; [1] is not")]
    public async Task Import_InvalidAdjustments_ReturnsRule(string adjustments, string rule)
    {
        var filled = adjustments.Replace("{long}", new string('x', 256 * 1024), StringComparison.Ordinal)
            .Replace("{many}", string.Join(',', Enumerable.Repeat("{}", 1001)), StringComparison.Ordinal);
        var result = (await Service.ImportAsync($$"""{"adjustments":[{{filled}}]}""")).Single();
        Assert.That((string?)result["errors"]!["adjustments"]![0], Is.EqualTo(rule));
    }

    [Test]
    public async Task Import_ManyErrorsInLine_ReturnsFirst100()
    {
        var adjustments = string.Join(',', Enumerable.Repeat("{}", 1000));
        var result = (await Service.ImportAsync($$"""{"adjustments":[{{adjustments}}]}""")).Single();
        Assert.That(result.Fields().Length, Is.EqualTo(100));
    }

    private string Line(string reference, params (string Name, string? Json)[] changes) =>
        Request.Payment(Connector, [("reference", JsonSerializer.Serialize(reference)), .. changes]);

    private async Task<JsonObject> ImportProblemAsync(string csv)
    {
        using var response = await SendAsync(csv, "text/csv");
        Assert.That((int)response.StatusCode, Is.EqualTo(400));
        return await response.JsonAsync();
    }

    private Task<HttpResponseMessage> SendAsync(string lines, string type = "application/x-ndjson") =>
        Service.Client.PostAsync(Path, Content(lines, type));

    private Task<HttpResponseMessage> SendEncodedAsync(byte[] body, string encoding)
    {
        var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/x-ndjson") } };
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return Service.Client.SendAsync(new(HttpMethod.Post, Path) { Content = content }, HttpCompletionOption.ResponseHeadersRead);
    }

    private static ByteArrayContent Content(string lines, string type = "application/x-ndjson") =>
        new(Encoding.UTF8.GetBytes(lines)) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };

    private static byte[] Gzip(byte[] bytes)
    {
        using var gzip = new MemoryStream();
        using (var stream = new GZipStream(gzip, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return gzip.ToArray();
    }

    private static IEnumerable<string?> Outcomes(IEnumerable<JsonObject> results) => results.Select(result => (string?)result["outcome"]);

    private static IEnumerable<string?> ErrorCodes(IEnumerable<JsonObject> results) => results.Select(result => (string?)result["errorCode"]);

    private async Task<List<string>> ReferencesAsync()
    {
        var lines = await Service.Client.GetStringAsync($"api/payments/payments/export?connectorID={Connector}");
        return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string)JsonNode.Parse(line)!["reference"]!)];
    }

    /// <summary>Sends the headers of an import. The test sends the body.</summary>
    private async Task<Socket> ConnectAsync(string headers = "")
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(Service.Client.BaseAddress!.Host, Service.Client.BaseAddress.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST /{Path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {Service.Client.DefaultRequestHeaders.Authorization}\r\n"
            + $"Content-Type: application/x-ndjson\r\n{headers}Transfer-Encoding: chunked\r\n\r\n"));
        return socket;
    }

    private static async Task SendChunkAsync(Socket socket, byte[] chunk)
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"));
        await socket.SendAsync(chunk);
        await socket.SendAsync("\r\n"u8.ToArray());
    }

    /// <summary>Reads the chunks of the response's body as they arrive.</summary>
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
