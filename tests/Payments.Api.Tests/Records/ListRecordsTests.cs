using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Records;

[TestFixture(typeof(PaymentRecord))]
[TestFixture(typeof(AccountRecord))]
internal sealed class ListRecordsTests<TRecord>
    where TRecord : IRecord
{
    private PaymentsService _service = null!;
    private string _connector = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _service = await new PaymentsService().AuthorizedAsync();
        _connector = await _service.InstallAsync();
    }

    [TearDown]
    public void Stop() => _service.Dispose();

    [Test]
    public async Task List_EmptyDatabase_ReturnsEmptyPage()
    {
        using var response = await _service.Client.GetAsync($"api/payments/{TRecord.Path}");
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("""{"cursor":{"pageSize":15,"hasMore":false,"data":[]}}"""));
        Assert.That(response.Headers.Contains("Link"), Is.False);
    }

    [Test]
    public async Task List_OneRecord_ReturnsItAsGetDoes()
    {
        await CreateAsync(0, ("metadata", """{"z":"1","a":"ü"}"""));
        var listed = (await PageAsync(""))["data"]![0]!;
        var read = await _service.Client.GetFromJsonAsync<JsonObject>($"api/payments/{TRecord.Path}/{listed["id"]}");
        Assert.That(listed.ToJsonString(), Is.EqualTo(read!["data"]!.ToJsonString()));
    }

    [Test]
    public async Task List_FollowingLinksDuringCreates_ReturnsEachRecordOnce()
    {
        for (var i = 0; i < 20; i++)
        {
            await CreateAsync(i);
        }

        var seen = new List<string>();
        var address = $"api/payments/{TRecord.Path}?pageSize=6";
        for (var page = 0; address is not null; page++)
        {
            using var response = await _service.Client.GetAsync(address);
            var cursor = (await response.JsonAsync())["cursor"]!;
            seen.AddRange(References(cursor));
            address = NextLink(response);
            Assert.That((bool?)cursor["hasMore"], Is.EqualTo(address is not null));

            // A newer record belongs before the page, an older one after it.
            await CreateAsync(1000 + page);
            await CreateAsync(-1000 - page);
            Assert.That(page, Is.LessThan(10));
        }

        Assert.Multiple(() =>
        {
            Assert.That(seen, Is.Unique);
            Assert.That(seen.Take(20), Is.EqualTo(Enumerable.Range(0, 20).Reverse().Select(i => $"{i}")));
        });
    }

    [Test]
    public async Task List_NextThenPrevious_ReturnsSamePage()
    {
        for (var i = 0; i < 5; i++)
        {
            await CreateAsync(i);
        }

        var first = await PageAsync("?pageSize=2&sort=createdAt:asc");
        var second = await PageAsync($"?cursor={first["next"]}&pageSize=15");
        var back = await PageAsync($"?cursor={second["previous"]}");
        Assert.Multiple(() =>
        {
            Assert.That(References(first), Is.EqualTo((string[])["0", "1"]));
            Assert.That(References(second), Is.EqualTo((string[])["2", "3"]));
            Assert.That((int?)second["pageSize"], Is.EqualTo(2), "the cursor contains the page size");
            Assert.That(back["data"]!.ToJsonString(), Is.EqualTo(first["data"]!.ToJsonString()));
            Assert.That(back["previous"], Is.Null);
            Assert.That((bool?)back["hasMore"], Is.True);
        });
    }

    [Test]
    public async Task List_CursorWithSort_Returns400NamingSort()
    {
        await CreateAsync(0);
        await CreateAsync(1);
        await AssertInvalidAsync($"{TRecord.Path}?cursor={(await PageAsync("?pageSize=1"))["next"]}&sort=createdAt:asc", "sort");
    }

    [Test]
    public async Task List_CursorOfOtherList_Returns400NamingCursor()
    {
        await CreateAsync(0);
        await CreateAsync(1);
        var next = (await PageAsync("?pageSize=1"))["next"];
        Assert.That((await PageAsync($"?cursor={next}"))["data"]!.AsArray(), Has.Count.EqualTo(1));
        await AssertInvalidAsync($"{(TRecord.Path == "payments" ? "accounts" : "payments")}?cursor={next}", "cursor");
    }

    private static IEnumerable<string> References(JsonNode cursor) => cursor["data"]!.AsArray().Select(record => (string)record!["reference"]!);

    private static string? NextLink(HttpResponseMessage response) => response.Headers.TryGetValues("Link", out var links)
        ? links.SelectMany(link => link.Split(", ")).SingleOrDefault(link => link.EndsWith("rel=\"next\"", StringComparison.Ordinal))?.Split('<', '>')[1]
        : null;

    private async Task AssertInvalidAsync(string path, string field)
    {
        using var response = await _service.Client.GetAsync($"api/payments/{path}");
        var problem = await response.JsonAsync();
        Assert.Multiple(() =>
        {
            Assert.That(((int)response.StatusCode, (string?)problem["errorCode"]), Is.EqualTo((400, "VALIDATION")));
            Assert.That(problem.Fields(), Is.EqualTo((string[])[field]));
        });
    }

    /// <summary>Creates a record whose reference is a number, and whose time is that many seconds later.</summary>
    private async Task CreateAsync(int number, params (string Name, string? Json)[] changes)
    {
        var body = TRecord.Body(_connector, [("reference", $"\"{number}\""), ("createdAt", JsonSerializer.Serialize(Sample.Now.AddSeconds(number))), .. changes]);
        var (status, response) = await _service.PostAsync(TRecord.Path, body);
        Assert.That(status, Is.EqualTo(200), response.ToJsonString());
    }

    private async Task<JsonObject> PageAsync(string query) =>
        (await _service.Client.GetFromJsonAsync<JsonObject>($"api/payments/{TRecord.Path}{query}"))!["cursor"]!.AsObject();
}
