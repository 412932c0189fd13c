using Payments.Dashboard.Payments;
using static Payments.Dashboard.Tests.Payments.ListModels;

namespace Payments.Dashboard.Tests.Payments;

public sealed class FilterFormTests
{
    [TestCase("edit=status&type=PAYOUT&value=FAILED&value=EXPIRED", "?type=PAYOUT&status=FAILED&status=EXPIRED")]
    [TestCase("edit=status&type=PAYOUT&sort=createdAt:asc&after=2026-05-01T00:00:00Z_1", "?type=PAYOUT&sort=createdAt:asc")]
    [TestCase("edit=reference&value=%20a%20%0D%0Ab%0D%0A%0D%0Aa", "?reference=a&reference=b")]
    [TestCase("edit=provider&value=BANKING-CIRCLE", "?provider=bankingcircle")]
    [TestCase("edit=amount&from=100&to=10050", "?amountGte=100&amountLte=10050", Description = "minor units without an asset")]
    [TestCase("edit=amount&amountsAsset=EUR/2&from=100.50&to=", "?asset=EUR/2&amountGte=10050")]
    [TestCase("edit=amount&asset=EUR/2&amountsAsset=&from=100", "?amountGte=100", Description = "any asset")]
    [TestCase("edit=amount&asset=EUR/2&amountsAsset=USD/2&from=100", "?asset=USD/2&amountGte=10000")]
    [TestCase("edit=amount&amountsAsset=EUR/2&from=&to=", "", Description = "no amount, no filter")]
    [TestCase("edit=amount&asset=EUR/2&from=100.50&to=", "?asset=EUR/2&amountGte=10050")]
    [TestCase("edit=amount&asset=EUR/2&asset=USD/2&from=10050", "?asset=EUR/2&asset=USD/2&amountGte=10050", Description = "minor units with several")]
    [TestCase("edit=amount&asset=EUR/2&from=123456789012345678901234567890123456.78", "?asset=EUR/2&amountGte=12345678901234567890123456789012345678")]
    [TestCase("edit=date&from=2026-05-01&fromTime=&to=2026-05-31&toTime=", "?createdAtFrom=2026-05-01T00:00:00%2B02:00&createdAtTo=2026-06-01T00:00:00%2B02:00")]
    [TestCase("edit=date&from=2026-01-01&fromTime=14:30&to=2026-01-01&toTime=15:00:05", "?createdAtFrom=2026-01-01T14:30:00%2B01:00&createdAtTo=2026-01-01T15:00:05%2B01:00")]
    [TestCase("edit=metadata&metadata[a]=1&key=order&value=A-1", "?metadata[a]=1&metadata[order]=A-1")]
    [TestCase("edit=query&value={\"$match\":{\"type\":\"PAYOUT\"}}", "?query=%7B%22$match%22:%7B%22type%22:%22PAYOUT%22%7D%7D")]
    [TestCase("edit=query&type=PAYOUT&value=", "?type=PAYOUT")]
    public void Read_ValidForm_LeadsToTheList(string submitted, string list)
    {
        var form = FilterForm.Read(Query(submitted), Berlin)!;
        Assert.That(form.Errors, Is.Empty);
        Assert.That(form.Result.Url().Replace("%24", "$", StringComparison.Ordinal), Is.EqualTo($"/dashboard/payments{list}"));
    }

    [TestCase("edit=status&value=failed", "value", "status must be one of")]
    [TestCase("edit=amount&asset=EUR/2&from=100,50", "from", "must be an amount in EUR such as 100.50: digits, and a point before at most 2 decimals")]
    [TestCase("edit=amount&asset=JPY/0&to=1.5", "to", "must be a whole number of JPY, digits only")]
    [TestCase("edit=amount&from=100.50", "from", "must be a whole number of minor units")]
    [TestCase("edit=date&from=5/1/2026", "from", "must be a date such as 2026-05-31")]
    [TestCase("edit=date&to=&toTime=12:00", "to", "must be a date such as 2026-05-31")]
    [TestCase("edit=metadata&key=&value=x", "key", "must have keys of 1 to 100 characters")]
    [TestCase("edit=query&value={\"$match\":{\"color\":\"red\"}}", "value", "query.$match.color is not a field")]
    public void Read_InvalidForm_KeepsTheTypedValueAndNamesTheRule(string submitted, string input, string rule)
    {
        var form = FilterForm.Read(Query($"{submitted}&type=PAYOUT"), Berlin)!;
        Assert.That(form.Errors[input], Does.StartWith(rule));
        Assert.That(form.Result.HasFilters && form.Result.One("type") == "PAYOUT", Is.True);
        Assert.That(Query(submitted).One(input) ?? "", Is.EqualTo(form.Typed.GetValueOrDefault(input, "")));
    }

    [Test]
    public void Read_UnknownFilter_ReturnsNull() => Assert.That(FilterForm.Read(Query("edit=color"), Berlin), Is.Null);
}
