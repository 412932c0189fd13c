using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Accounts;

public sealed class ListAccountsTests
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
    public async Task List_NoAccounts_ReturnsEmptyPage()
    {
        using var response = await _service.Client.GetAsync("api/payments/accounts");
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("""{"cursor":{"pageSize":15,"hasMore":false,"data":[]}}"""));
        Assert.That(response.Headers.Contains("Link"), Is.False);
    }

    [Test]
    public async Task List_OneAccount_ReturnsSameAsGet()
    {
        await CreateAsync(0, ("accountName", "\"Main ü\""), ("defaultAsset", "\"USD/2\""), ("metadata", """{"z":"1","a":"2"}"""));
        var listed = (await PageAsync(""))["data"]![0]!;
        var read = await _service.Client.GetFromJsonAsync<JsonObject>($"api/payments/accounts/{listed["id"]}");
        Assert.That(listed.ToJsonString(), Is.EqualTo(read!["data"]!.ToJsonString()));
    }

    [Test]
    public async Task List_LinksDuringInserts_ReturnEachAccountOnce()
    {
        for (var i = 0; i < 20; i++)
        {
            await CreateAsync(i);
        }

        var seen = new List<string>();
        var address = "api/payments/accounts?pageSize=6";
        for (var page = 0; address is not null; page++)
        {
            using var response = await _service.Client.GetAsync(address);
            var cursor = (await response.Content.ReadFromJsonAsync<JsonObject>())!["cursor"]!;
            seen.AddRange(References(cursor));
            address = PaymentsService.Link(response, "next");
            Assert.That((bool?)cursor["hasMore"], Is.EqualTo(address is not null));

            // A newer account, which sorts before the page, and an older one, which sorts after it.
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
            Assert.That(back["data"]!.ToJsonString(), Is.EqualTo(first["data"]!.ToJsonString()));
            Assert.That((int?)second["pageSize"], Is.EqualTo(2));
        });
    }

    [TestCase("pageSize=-1", "pageSize")]
    [TestCase("pageSize=ten", "pageSize")]
    [TestCase("pageSize=", "pageSize")]
    [TestCase("pageSize=1&pageSize=2", "pageSize")]
    [TestCase("sort=reference:asc", "sort")]
    [TestCase("reference=acc_1", "reference")]
    [TestCase("PageSize=1", "PageSize")]
    [TestCase("cursor=x", "cursor")]
    [TestCase("cursor=", "cursor")]
    public Task List_InvalidParameter_Returns400NamingParameter(string query, string field) => AssertRefusedAsync($"accounts?{query}", field);

    [Test]
    public async Task List_CursorAndSort_Returns400NamingSort()
    {
        await CreateAsync(0);
        await CreateAsync(1);
        await AssertRefusedAsync($"accounts?cursor={(await PageAsync("?pageSize=1"))["next"]}&sort=createdAt:desc", "sort");
    }

    [TestCase("payments", "accounts")]
    [TestCase("accounts", "payments")]
    public async Task List_CursorOfPayments_Returns400NamingCursor(string one, string other)
    {
        for (var i = 0; i < 2; i++)
        {
            await CreateAsync(i);
            await _service.PostAsync("payments", Request.Payment(_connector, ("reference", $"\"{i}\"")));
        }

        var next = (await PageAsync("?pageSize=1", one))["next"];
        Assert.That((await PageAsync($"?cursor={next}", one))["data"]!.AsArray(), Has.Count.EqualTo(1));
        await AssertRefusedAsync($"{other}?cursor={next}", "cursor");
    }

    [TestCase("payments:read", HttpStatusCode.OK)]
    [TestCase("payments:write", HttpStatusCode.Forbidden)]
    public async Task List_TokenWithoutReadScope_Returns403(string scope, HttpStatusCode status)
    {
        _service.Client.DefaultRequestHeaders.Authorization = new("Bearer", await _service.TokenAsync(scope));
        using var response = await _service.Client.GetAsync("api/payments/accounts");
        Assert.That(response.StatusCode, Is.EqualTo(status));
    }

    private async Task AssertRefusedAsync(string address, string field)
    {
        using var response = await _service.Client.GetAsync($"api/payments/{address}");
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Multiple(() =>
        {
            Assert.That(((int)response.StatusCode, (string?)problem!["errorCode"]), Is.EqualTo((400, "VALIDATION")));
            Assert.That(problem!["errors"]!.AsObject().Select(error => error.Key), Is.EqualTo((string[])[field]));
        });
    }

    /// <summary>Creates an account with this number as its reference and as the seconds of its createdAt.</summary>
    private async Task CreateAsync(int number, params (string Name, string? Json)[] changes)
    {
        var createdAt = new DateTimeOffset(2024, 5, 1, 12, 0, 0, TimeSpan.Zero).AddSeconds(number);
        var (status, body) = await _service.PostAsync(
            "accounts", Request.Account(_connector, [("reference", $"\"{number}\""), ("createdAt", JsonSerializer.Serialize(createdAt)), .. changes]));
        Assert.That(status, Is.EqualTo(200), body.ToJsonString());
    }

    private async Task<JsonObject> PageAsync(string query, string list = "accounts") =>
        (await _service.Client.GetFromJsonAsync<JsonObject>($"api/payments/{list}{query}"))!["cursor"]!.AsObject();

    private static IEnumerable<string> References(JsonNode cursor) => cursor["data"]!.AsArray().Select(account => (string)account!["reference"]!);
}
