using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Payments.Api.Accounts;
using Payments.Api.Connectors;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Api.Json;
using Payments.Api.Lists;
using Payments.Api.Payments;
using Payments.Api.Payments.Import;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Payments;

namespace Payments.Api.Tests;

/// <summary>No reader keeps memory after it has read a text, and none needs many times the length of the text to read it.</summary>
public sealed class ReaderMemoryTests
{
    private const int Texts = 1000;

    // A parameter can be one byte and a member a few, and each becomes an object or an error.
    private const int MaxBytesPerInputByte = 256;

    // Buffers and an exception.
    private const int MaxBytesForEmptyInput = 64 * 1024;

    private static JsonSerializerOptions json = null!;

    [OneTimeSetUp]
    public void Start()
    {
        using var service = new PaymentsService();
        json = service.Services.GetRequiredService<IOptions<JsonOptions>>().Value.JsonSerializerOptions;
    }

    [TestCaseSource(nameof(Readers))]
    public void Read_MangledTexts_LeavesNoMemoryInUse(Reader reader)
    {
        ReadAll(seed: 0);
        // Other memory of the process varies, so one run below the limit is enough. A reader that keeps memory exceeds it in every run.
        const int limit = Texts * 8;
        var exceeded = Enumerable.Range(1, 5).Select(BytesKept).TakeWhile(kept => kept >= limit).ToList();
        Assert.That(exceeded, Has.Count.LessThan(5), () => $"Every run kept at least a third of the smallest object per text: {string.Join(", ", exceeded)} bytes.");

        long BytesKept(int seed)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            ReadAll(seed);
            return GC.GetTotalMemory(forceFullCollection: true) - before;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        void ReadAll(int seed)
        {
            foreach (var text in Sample(reader, seed))
            {
                reader.Read(text);
            }
        }
    }

    [TestCaseSource(nameof(Readers))]
    public void Read_MangledOrCostlyTexts_AllocatesInProportionToLength(Reader reader) => Assert.Multiple(() =>
    {
        foreach (var text in Sample(reader, seed: 6).Concat(reader.Costly))
        {
            // The first read creates what is created once.
            var allocated = Math.Min(Allocated(text), Allocated(text));
            var length = Encoding.UTF8.GetByteCount(text);
            Assert.That(allocated, Is.LessThan(MaxBytesForEmptyInput + (length * MaxBytesPerInputByte)), () => $"{length} bytes: {text[..Math.Min(text.Length, 200)]}");
        }

        long Allocated(string text)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            reader.Read(text);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    });

    private static string[] Sample(Reader reader, int seed) => reader.Texts.Sample(Texts, new Rnd((ulong)seed), 50);

    private static IEnumerable<Reader> Readers()
    {
        const string connector = TestCommon.Sample.ConnectorId;
        var payment = Request.Payment(connector);
        yield return new(
            "payment",
            MangledFrom(payment),
            Body<PaymentRequest>,
            $$$"""{"metadata":{{{{Many(i => $"\"{i}\":\"\",", Limits.BodyBytes)}}}"a":1}}""",
            $$"""{{{Many(i => $"\"{i}\":0,", Limits.BodyBytes)}}"a":1}""",
            $$"""{"amount":{{new string('1', Limits.BodyBytes)}}}""",
            $$"""{"raw":{"a":[{{Many(_ => "0,", Limits.BodyBytes)}}0]},"reference":1}""");
        yield return new("account", MangledFrom(Request.Account(connector)), Body<AccountRequest>);
        yield return new(
            "connector",
            MangledFrom($$"""{"name":"a","connectorID":"{{connector}}"}"""),
            Body<ConnectorRequest>,
            $$"""{{{Many(i => $"\"{i}\":0,", Limits.BodyBytes)}}"name":1}""");
        yield return new(
            "metadata",
            MangledFrom("""{"tenant":"acme","gone":null}"""),
            Body<Dictionary<string, string?>>,
            $$"""{{{Many(i => $"\"{i}\":\"\",", Limits.BodyBytes)}}"a":1}""");
        yield return new(
            "exported payment",
            MangledFrom($$$"""{{{payment[..^1]}}},"adjustments":[{"reference":"a","createdAt":"2024-05-01T12:00:00Z","status":"FAILED","raw":{}}]}"""),
            Body<ExportedPaymentRequest>,
            $$"""{"adjustments":[{{Many(_ => "{},", Limits.BodyBytes)}}1]}""");
        yield return new(
            "id",
            FuzzTests.Mangled(Gen.Constant($$"""{"ConnectorID":{{TestCommon.Sample.ConnectorJson}},"Reference":"ref-001","Type":"PAY-IN"}""")).Select(Id),
            text => _ = PaymentId.TryParse(text, out _) || AccountId.TryParse(text, out _),
            Id(new string('[', Limits.RequestLineBytes)),
            Id($$"""{{{Many(i => $"\"{i}\":0,", Limits.RequestLineBytes)}}"a":1}"""));
        var cursor = ListCursor.Write("payments", new(15, true, new(new Instant(DateTimeOffset.UnixEpoch), 1)), """{"$in":{"status":["FAILED"]}}""");
        yield return new(
            "cursor",
            Gen.OneOf(MangledFrom(cursor), FuzzTests.Flipped(cursor)).Select(text => $"cursor={text}"),
            Query,
            $"cursor={new string('A', Limits.RequestLineBytes)}",
            $"cursor={Id($$$"""{"l":"payments","n":1,"t":"1970-01-01T00:00:00Z","s":1,"f":{"$and":[{{{Many(_ => "0,", Limits.RequestLineBytes / 2)}}}0]}}""")}",
            $"cursor={Id($$"""{{{Many(i => $"\"{i}\":0,", Limits.RequestLineBytes / 2)}}"a":1}""")}");
        yield return new(
            "filter",
            Gen.OneOf(
                MangledFrom("status=FAILED&amountGte=1&metadata[tenant]=acme&createdAtFrom=2024-05-01T00:00:00Z"),
                FuzzTests.Mangled(FuzzTests.Filter(4)).Select(filter => $"query={Uri.EscapeDataString(filter)}")),
            Query,
            Many(_ => "a&", Limits.RequestLineBytes),
            Many(i => $"{i}&", Limits.RequestLineBytes),
            Many(i => $"reference={i}&", Limits.RequestLineBytes),
            Many(_ => "type=OTHER&", Limits.RequestLineBytes),
            Many(i => $"metadata[{i}]&", Limits.RequestLineBytes),
            $$"""query={"$and":[{{Many(_ => "0,", Limits.RequestLineBytes)}}0]}""",
            $$$"""query={"$in":{"amount":[{{{Many(i => $"{i},", Limits.RequestLineBytes)}}}0]}}""");
        yield return new(
            "record of CSV",
            MangledFrom("ref-001,\"a \"\"quoted\"\"\nname\",\"{\"\"a\"\":1}\""),
            text => PaymentCsv.ReadHeader("reference,status,raw"u8).ToJson(Encoding.UTF8.GetBytes(text)),
            new string(',', Limits.BodyBytes),
            new string('"', Limits.BodyBytes));
        yield return new(
            "lines",
            MangledFrom("\"a\nb\",c\r\n\n\"\"\n"),
            Lines,
            new string('\n', Limits.RequestLineBytes),
            new string('"', Limits.BodyBytes));
    }

    private static Gen<string> MangledFrom(string text) => FuzzTests.Mangled(Gen.Constant(text));

    private static string Many(Func<int, string> piece, int length)
    {
        var text = new StringBuilder();
        for (var i = 0; text.Length < length; i++)
        {
            text.Append(piece(i));
        }

        return text.ToString();
    }

    private static string Id(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private static void Body<T>(string text) => JsonBodyFormatter.Read(Encoding.UTF8.GetBytes(text), json.GetTypeInfo(typeof(T)));

    private static void Query(string text)
    {
        var validation = new Validation();
        var query = PaymentFilterRequest.Query(new DefaultHttpContext { Request = { QueryString = new($"?{text}") } }.Request);
        var (_, cursorFilter) = ListParameters.Read("payments", query, validation, PaymentFilterParameters.Find);
        _ = cursorFilter is null ? PaymentFilterRequest.Read(query, validation).Filter : PaymentFilterRequest.Read(cursorFilter, validation);
        validation.ThrowIfInvalid();
    }

    private static void Lines(string text)
    {
        var lines = new LineReader(PipeReader.Create(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text))), isCsv: true).ReadAsync(default);
        Assert.That(lines.CountAsync().AsTask().IsCompletedSuccessfully);
    }

    /// <summary>A reader, random texts for it, and the texts that cost most to read.</summary>
    public sealed class Reader(string name, Gen<string> texts, Action<string> read, params string[] costly)
    {
        public Gen<string> Texts { get; } = texts;

        public IReadOnlyList<string> Costly { get; } = costly;

        public void Read(string text)
        {
            try
            {
                read(text);
            }
            catch (Exception e) when (RequestError.Of(e) is not null)
            {
            }
        }

        public override string ToString() => name;
    }
}
