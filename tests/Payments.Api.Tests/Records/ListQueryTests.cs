using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Records;

[TestFixture(typeof(PaymentRecord))]
[TestFixture(typeof(AccountRecord))]
internal sealed class ListQueryTests<TRecord> : ServiceFixture
    where TRecord : IRecord
{
    [TestCase("?pageSize=0", 15)]
    [TestCase("?pageSize=1", 1)]
    [TestCase("?pageSize=1000", 1000)]
    [TestCase("?pageSize=1001", 1000)]
    [TestCase("?pageSize=99999999999999999999", 1000)]
    [TestCase("?pageSize=0015", 15)]
    public async Task List_PageSize_ReturnsItWithinItsLimits(string query, int expected) => Assert.That(
        (int?)(await Service.Client.GetFromJsonAsync<JsonObject>($"api/payments/{TRecord.Path}{query}"))!["cursor"]!["pageSize"],
        Is.EqualTo(expected));

    [TestCase("?pageSize=-1", "pageSize")]
    [TestCase("?pageSize=ten", "pageSize")]
    [TestCase("?pageSize=0x10", "pageSize")]
    [TestCase("?pageSize=%2B5", "pageSize")]
    [TestCase("?pageSize=%205", "pageSize")]
    [TestCase("?sort=%20", "sort")]
    [TestCase("?pageSize=1.5", "pageSize")]
    [TestCase("?pageSize=", "pageSize")]
    [TestCase("?pageSize=1&pageSize=2", "pageSize")]
    [TestCase("?sort=createdAt", "sort")]
    [TestCase("?sort=amount:asc", "sort")]
    [TestCase("?state=FAILED", "state")]
    [TestCase("?PageSize=1", "PageSize")]
    [TestCase("?cursor=x", "cursor")]
    [TestCase("?cursor=", "cursor")]
    public async Task List_InvalidParameter_Returns400NamingIt(string query, string field)
    {
        using var response = await Service.Client.GetAsync($"api/payments/{TRecord.Path}{query}");
        var problem = await response.JsonAsync();
        Assert.Multiple(() =>
        {
            Assert.That(((int)response.StatusCode, (string?)problem["errorCode"]), Is.EqualTo((400, "VALIDATION")));
            Assert.That(problem.Fields(), Is.EqualTo((string[])[field]));
        });
    }
}
