using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Payments;

public sealed class ListPaymentsTests
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
    public async Task List_NoPayments_ReturnsEmptyPage()
    {
        using var response = await _service.Client.GetAsync("api/payments/payments");
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("""{"cursor":{"pageSize":15,"hasMore":false,"data":[]}}"""));
        Assert.That(response.Headers.Contains("Link"), Is.False);
    }

    [Test]
    public async Task List_LinksDuringInserts_ReturnEachPaymentOnce()
    {
        await CreateAsync(0, 30);
        var seen = new List<string>();
        var address = "api/payments/payments?pageSize=7";
        for (var page = 0; address is not null; page++)
        {
            using var response = await _service.Client.GetAsync(address);
            var cursor = (await response.Content.ReadFromJsonAsync<JsonObject>())!["cursor"]!;
            seen.AddRange(cursor["data"]!.AsArray().Select(payment => (string)payment!["reference"]!));
            address = PaymentsService.Link(response, "next");
            Assert.That((bool?)cursor["hasMore"], Is.EqualTo(address is not null));

            // Newer payments, which sort before the page, and older ones, which sort after it.
            await CreateAsync(1000 + (page * 10), 2);
            await CreateAsync(-1000 - (page * 10), 2);
            Assert.That(page, Is.LessThan(20));
        }

        Assert.Multiple(() =>
        {
            Assert.That(seen, Is.Unique);
            Assert.That(seen.Take(30), Is.EqualTo(Enumerable.Range(0, 30).Reverse().Select(i => $"{i}")));
        });
    }

    [Test]
    public async Task List_NextThenPrevious_ReturnsSamePage()
    {
        await CreateAsync(0, 5);
        var first = await PageAsync("?pageSize=2&sort=createdAt:asc");
        var second = await PageAsync($"?cursor={first["next"]}");
        var back = await PageAsync($"?cursor={second["previous"]}");
        Assert.Multiple(() =>
        {
            Assert.That(back["data"]!.ToJsonString(), Is.EqualTo(first["data"]!.ToJsonString()));
            Assert.That(first["data"]!.AsArray().Select(payment => (string?)payment!["reference"]), Is.EqualTo((string[])["0", "1"]));
            Assert.That(back["previous"], Is.Null);
            Assert.That((bool?)back["hasMore"], Is.True);
            Assert.That((int?)second["pageSize"], Is.EqualTo(2));
        });
    }

    [Test]
    public async Task List_Cursor_KeepsPageSizeAndRejectsSort()
    {
        await CreateAsync(0, 3);
        var next = (await PageAsync("?pageSize=1"))["next"];
        var page = await PageAsync($"?cursor={next}&pageSize=15");
        using var response = await _service.Client.GetAsync($"api/payments/payments?cursor={next}&sort=createdAt:asc");
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Multiple(() =>
        {
            Assert.That(page["data"]!.AsArray(), Has.Count.EqualTo(1));
            Assert.That(problem!["errors"]!.AsObject().Select(error => error.Key), Is.EqualTo((string[])["sort"]));
        });
    }

    /// <summary>Creates payments with consecutive numbers as their references and as the seconds of their createdAt.</summary>
    private async Task CreateAsync(int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            var createdAt = new DateTimeOffset(2024, 5, 1, 12, 0, 0, TimeSpan.Zero).AddSeconds(i);
            var (status, body) = await _service.PostAsync(
                "payments", Request.Payment(_connector, ("reference", $"\"{i}\""), ("createdAt", JsonSerializer.Serialize(createdAt))));
            Assert.That(status, Is.EqualTo(200), body.ToJsonString());
        }
    }

    private async Task<JsonObject> PageAsync(string query) =>
        (await _service.Client.GetFromJsonAsync<JsonObject>($"api/payments/payments{query}"))!["cursor"]!.AsObject();
}
