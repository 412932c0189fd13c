using System.Numerics;

namespace Payments.Client.Tests;

public sealed class PaymentsEnumerationTests
{
    [Test]
    public async Task ListAllPayments_SeveralPages_FetchesOnlyPagesThatAreRead()
    {
        List<string> asked = [];
        var client = Service(
            asked,
            """{"cursor":{"pageSize":1000,"hasMore":true,"next":"second","data":[]}}""",
            """{"cursor":{"pageSize":1000,"hasMore":true,"next":"third","previous":"first","data":[]}}""",
            """{"cursor":{"pageSize":1000,"hasMore":false,"previous":"second","data":[]}}""");

        Assert.That(await client.ListAllPaymentsAsync(sort: "createdAt:asc").CountAsync(), Is.Zero);

        Assert.That(asked, Is.EqualTo((string[])["?pageSize=1000&sort=createdAt%3Aasc", "?cursor=second", "?cursor=third"]));
    }

    [Test]
    public async Task ListAllPayments_Filter_SendsEveryProperty()
    {
        List<string> asked = [];
        var client = Service(asked, """{"cursor":{"pageSize":1000,"hasMore":false,"data":[]}}""");
        var filter = new PaymentFilter
        {
            Reference = ["r 1", "r&2"],
            ConnectorID = ["c"],
            Provider = ["STRIPE"],
            Type = [PaymentType.PayIn],
            Status = [PaymentStatus.RefundedFailure],
            Scheme = [PaymentScheme.SepaDebit],
            Asset = ["USD/2"],
            SourceAccountID = ["s"],
            DestinationAccountID = ["d"],
            AmountGte = 1,
            AmountLte = BigInteger.Pow(10, 38) - 1,
            CreatedAtFrom = new DateTimeOffset(2024, 5, 1, 12, 0, 0, TimeSpan.FromHours(2)).AddTicks(1),
            CreatedAtTo = new DateTimeOffset(2024, 5, 2, 12, 0, 0, TimeSpan.Zero),
            Metadata = new Dictionary<string, string> { ["a=b"] = "1&2" },
            Query = """{"$exists":{"metadata[a]":true}}""",
        };

        await client.ListAllPaymentsAsync(filter).CountAsync();

        Assert.That(asked.Single()[1..].Split('&').Select(Uri.UnescapeDataString), Is.EqualTo((string[])
        [
            "pageSize=1000", "reference=r 1", "reference=r&2", "connectorID=c", "provider=STRIPE", "type=PAY-IN", "status=REFUNDED_FAILURE",
            "scheme=sepa debit", "asset=USD/2", "sourceAccountID=s", "destinationAccountID=d", "amountGte=1",
            "amountLte=99999999999999999999999999999999999999", "createdAtFrom=2024-05-01T12:00:00.0000001+02:00",
            "createdAtTo=2024-05-02T12:00:00.0000000+00:00", "metadata[a=b]=1&2", """query={"$exists":{"metadata[a]":true}}""",
        ]));
        Assert.That(typeof(PaymentFilter).GetProperties().Where(property => property.GetValue(filter) is null), Is.Empty);
    }

    [Test]
    public void ListAllPayments_EmptyListInFilter_Throws() =>
        Assert.That(() => Service([]).ListAllPaymentsAsync(new PaymentFilter { Status = [] }), Throws.ArgumentException);

    [Test]
    public async Task ListAllAccounts_SeveralPages_FetchesOnlyPagesThatAreRead()
    {
        List<string> asked = [];
        var client = Service(
            asked,
            """{"cursor":{"pageSize":1000,"hasMore":true,"next":"second","data":[]}}""",
            """{"cursor":{"pageSize":1000,"hasMore":false,"previous":"first","data":[]}}""");

        Assert.That(await client.ListAllAccountsAsync("createdAt:asc").CountAsync(), Is.Zero);

        Assert.That(asked, Is.EqualTo((string[])["?pageSize=1000&sort=createdAt%3Aasc", "?cursor=second"]));
    }

    private static PaymentsClient Service(List<string> asked, params string[] responses)
    {
        var pages = new Queue<string>(responses);
        return new PaymentsClient(new HttpClient(new Pages(request =>
        {
            asked.Add(request.RequestUri!.Query);
            return pages.Dequeue();
        }))
        { BaseAddress = new Uri("http://localhost/") });
    }

    private sealed class Pages(Func<HttpRequestMessage, string> response) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { Content = new StringContent(response(request), null, "application/json") });
    }
}
