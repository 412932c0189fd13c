namespace Payments.Client.Tests;

public sealed class PaymentsEnumerationTests
{
    [Test]
    public async Task ListAllPayments_GoesOnByTheCursorsAndNoFurtherThanItsReader()
    {
        List<string> asked = [];
        var client = Service(
            asked,
            """{"cursor":{"pageSize":1000,"hasMore":true,"next":"second","data":[]}}""",
            """{"cursor":{"pageSize":1000,"hasMore":true,"next":"third","previous":"first","data":[]}}""",
            """{"cursor":{"pageSize":1000,"hasMore":false,"previous":"second","data":[]}}""");

        Assert.That(await client.ListAllPaymentsAsync("createdAt:asc").CountAsync(), Is.Zero);

        Assert.That(asked, Is.EqualTo((string[])["?pageSize=1000&sort=createdAt%3Aasc", "?cursor=second", "?cursor=third"]));
    }

    [Test]
    public async Task ListAllAccounts_GoesOnByTheCursorsAndNoFurtherThanItsReader()
    {
        List<string> asked = [];
        var client = Service(
            asked,
            """{"cursor":{"pageSize":1000,"hasMore":true,"next":"second","data":[]}}""",
            """{"cursor":{"pageSize":1000,"hasMore":false,"previous":"first","data":[]}}""");

        Assert.That(await client.ListAllAccountsAsync("createdAt:asc").CountAsync(), Is.Zero);

        Assert.That(asked, Is.EqualTo((string[])["?pageSize=1000&sort=createdAt%3Aasc", "?cursor=second"]));
    }

    private static PaymentsClient Service(List<string> asked, params string[] answers)
    {
        var pages = new Queue<string>(answers);
        return new PaymentsClient(new HttpClient(new Pages(request =>
        {
            asked.Add(request.RequestUri!.Query);
            return pages.Dequeue();
        }))
        { BaseAddress = new Uri("http://localhost/") });
    }

    private sealed class Pages(Func<HttpRequestMessage, string> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { Content = new StringContent(answer(request), null, "application/json") });
    }
}
