using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Payments.Api.Tests.Errors;

namespace Payments.Api.Tests;

/// <summary>Random requests are served or rejected. They never cause an internal error.</summary>
public sealed class FuzzTests
{
    // Text with a meaning in JSON, UTF-8, URLs, numbers, ids or filters.
    private static readonly string[] Pieces =
    [
        "\"", "{", "}", "[", "]", ",", ":", "\\", "\\u0000", "\\ud800", "\\udc00\\ud800", "\0", "\u0085", "\uFEFF", "\uFFFD", "é", "😀", " ", "\n",
        "0", "-1", "1.0", "1e999", "99999999999999999999999999999999999999999", "null", "true", "NaN", "//", "/*", "2024-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
        "%", "%00", "%ff", "+", "/", "=", "&", "..", "$match", "$and", "$not", "$gte", "metadata[a]", "PAY-IN", "Reference", "ConnectorID",
        new string('[', 100), new string('9', 3000), new string('a', 1001),
    ];

    private static readonly HttpStatusCode[] Expected =
    [
        HttpStatusCode.OK, HttpStatusCode.Created, HttpStatusCode.BadRequest, HttpStatusCode.NotFound, HttpStatusCode.Conflict,
        HttpStatusCode.RequestUriTooLong, HttpStatusCode.RequestEntityTooLarge,
    ];

    private PaymentsService _service = null!;
    private string _connector = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _service = new PaymentsService(("RateLimiting:RequestsPerSecond", "0"));
        _service.Client.Timeout = TimeSpan.FromSeconds(30); // a request that hangs fails
        await _service.AuthorizedAsync();
        _connector = await _service.InstallAsync();
        Assert.That((await _service.PostAsync("payments", Request.Payment(_connector))).Status, Is.EqualTo(200));
        Assert.That((await _service.PostAsync("payments", Request.Payment(_connector, ("reference", "\"another\"")))).Status, Is.EqualTo(200));
    }

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [TestCase("payments")]
    [TestCase("accounts")]
    [TestCase("connectors/stripe")]
    [TestCase("connectors/adyen")]
    public void Post_MangledBody_ReturnsExpectedStatus(string path) => Check(
        Mangled(Gen.Elements(Request.Payment(_connector), Request.Account(_connector), """{"name":"a","connectorID":"b"}""", """{"name":"a","webhookSecret":["whsec_a"],"hmacKey":"","capture":"manual"}""")),
        body => _service.SendAsync(path, body));

    [Test]
    public async Task Receive_MangledEvents_ReturnsExpectedStatusAndLeavesNoneUnapplied()
    {
        var connector = await _service.Client.InstallWithSettingsAsync("stripe", SignedEvents.StripeSettings);
        var number = 0;
        string Event(string kind, string data) => SignedEvents.StripeEvent($"evt_{number++}", kind, 5, data);
        var events = Gen.Elements("payment_intent.succeeded", "refund.created", "charge.succeeded").Select(kind => Event(kind, kind[0] == 'p' ? SignedEvents.Intent("pi_1", "succeeded") : SignedEvents.Refund("re_1", "pi_1", 1, 9)));
        Check(Gen.OneOf(events, Mangled(events)), body => _service.Client.PostStripeEventAsync(connector, body));
        Check(Mangled(Gen.Constant(SignedEvents.StripeSignature("{}"))), header => _service.Client.PostStripeEventAsync(connector, "{}", string.Concat(header.Where(c => c is >= ' ' and <= '~'))));

        var inbox = JsonNode.Parse(await _service.Client.GetStringAsync($"api/payments/connectors/stripe/{connector}/inbox?pageSize=1000"))!["cursor"]!["data"]!.AsArray();
        Assert.That(inbox, Has.Count.GreaterThan(100), "whole events are about half of 400");
        Assert.That(inbox.Select(entry => (string?)entry!["state"]), Has.None.EqualTo("received"));
        Assert.That(inbox.Select(entry => (string?)entry!["reason"] ?? ""), Has.None.Contains("internal error"));
    }

    [Test]
    public void Import_MangledLines_ReturnsExpectedStatus() => Check(
        Mangled(Gen.Constant($"{Request.Payment(_connector).ReplaceLineEndings("")}\n{Request.Payment(_connector).ReplaceLineEndings("")}\n")),
        lines => _service.Client.PostAsync("api/payments/payments/import", new StringContent(lines, Encoding.UTF8, "application/x-ndjson")));

    [TestCase("payments")]
    [TestCase("accounts")]
    public void Get_MangledId_ReturnsExpectedStatus(string path)
    {
        var id = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(_connector));
        var ids = Mangled(Gen.Constant($$"""{"ConnectorID":{{id}},"Reference":"ref-001","Type":"PAY-IN"}"""));
        Check(
            Gen.OneOf(ids.Select(json => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json))), Mangled(Gen.Constant(_connector)), Gen.Elements(Pieces)),
            text => _service.Client.GetAsync($"api/payments/{path}/{Uri.EscapeDataString(text)}"));
    }

    [Test]
    public async Task List_MangledCursor_ReturnsExpectedStatus()
    {
        var page = JsonNode.Parse(await _service.Client.GetStringAsync("api/payments/payments?pageSize=1&amountGte=0"));
        var cursor = (string)page!["cursor"]!["next"]!;
        Check(
            Gen.OneOf(Mangled(Gen.Constant(cursor)), Flipped(cursor)),
            text => _service.Client.GetAsync($"api/payments/payments?cursor={Uri.EscapeDataString(text)}"));
    }

    [Test]
    public void List_MangledFilter_ReturnsExpectedStatus() => Check(
        Gen.OneOf(
            Mangled(Filter(4)).Select(query => $"query={Uri.EscapeDataString(query)}"),
            Mangled(Gen.Elements("status=FAILED&amountGte=1", "metadata[tenant]=acme&createdAtFrom=2024-05-01T00:00:00Z", "reference=a&sort=createdAt:asc&pageSize=3"))
                .Select(parameters => Uri.EscapeDataString(parameters).Replace("%3D", "=", StringComparison.Ordinal).Replace("%26", "&", StringComparison.Ordinal))),
        parameters => _service.Client.GetAsync($"api/payments/payments?{parameters}"));

    private static void Check(Gen<string> texts, Func<string, Task<HttpResponseMessage>> send) => Prop
        .ForAll(
            texts.ToArbitrary(),
            text =>
            {
                using var response = send(text).GetAwaiter().GetResult();
                var body = response.Content.ReadAsStringAsync().GetAwaiter().GetResult();
                return Expected.Contains(response.StatusCode).Label($"{(int)response.StatusCode}").And(ProblemsTests.IsInSentences(body).Label(body));
            })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(400));

    // Replaces up to six parts of a text.
    internal static Gen<string> Mangled(Gen<string> texts) =>
        from text in texts
        from edits in (from place in Gen.Choose(0, 10_000)
                       from removed in Gen.Choose(0, 12)
                       from piece in Gen.Elements(Pieces)
                       select (place, removed, piece)).ListOf()
        select edits.Take(6).Aggregate(text, (now, edit) =>
        {
            var at = edit.place % (now.Length + 1);
            return now[..at] + edit.piece + now[Math.Min(now.Length, at + edit.removed)..];
        });

    internal static Gen<string> Flipped(string text) =>
        from place in Gen.Choose(0, text.Length - 1)
        from letter in Gen.Elements("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".ToCharArray())
        select text[..place] + letter + text[(place + 1)..];

    internal static Gen<string> Filter(int depth)
    {
        var leaf = from name in Gen.Elements("$match", "$lt", "$lte", "$gt", "$gte", "$like", "$exists", "$in")
                   from field in Gen.Elements("reference", "status", "amount", "initialAmount", "createdAt", "metadata[a]", "provider", "scheme", "nothing")
                   from value in Gen.Elements("\"a\"", "1", "true", "[\"a\",\"b\"]", "\"SUCCEEDED\"", "\"2024-05-01T00:00:00Z\"", "null", "{}", "[]")
                   select $$$"""{"{{{name}}}":{"{{{field}}}":{{{value}}}}}""";
        if (depth == 0)
        {
            return leaf;
        }

        var some = Filter(depth - 1);
        return Gen.OneOf(
            leaf,
            some.Select(filter => $$"""{"$not":{{filter}}}"""),
            from name in Gen.Elements("$and", "$or") from left in some from right in some select $$"""{"{{name}}":[{{left}},{{right}}]}""");
    }
}
