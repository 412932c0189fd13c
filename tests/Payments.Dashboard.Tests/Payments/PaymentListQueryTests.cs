using Payments.Domain;
using Payments.Domain.Payments;
using static Payments.Dashboard.Tests.Payments.ListModels;

namespace Payments.Dashboard.Tests.Payments;

public sealed class PaymentListQueryTests
{
    [Test]
    public void Read_EveryFilter_IsTheFilterOfTheApi()
    {
        var (filter, page) = Query(
            "status=FAILED&status=EXPIRED&amountGte=10000&createdAtTo=2026-05-01T00:00:00%2B02:00&metadata[a]=1&metadata[A]=2&query={\"$gt\":{\"initial_amount\":5}}").Read();

        Assert.That(filter, Is.EqualTo(new PaymentFilter.All(
        [
            new PaymentFilter.OneOf(PaymentField.Status, ["FAILED", "EXPIRED"]),
            new PaymentFilter.Compared(PaymentField.Amount, Comparison.GreaterOrEqual, "10000"),
            new PaymentFilter.Compared(PaymentField.CreatedAt, Comparison.Less, "2026-04-30T22:00:00Z"),
            new PaymentFilter.OneOf(PaymentField.Metadata("a"), ["1"]),
            new PaymentFilter.OneOf(PaymentField.Metadata("A"), ["2"]),
            new PaymentFilter.Compared(PaymentField.InitialAmount, Comparison.Greater, "5"),
        ])));
        Assert.That(page, Is.EqualTo(new PageRequest(25)));
    }

    [Test]
    public void Read_NoParameters_MatchesEveryPayment() => Assert.That(Query("").Read().Filter, Is.EqualTo(PaymentFilter.None));

    [TestCase("stats=FAILED", "stats is not a filter of this list")]
    [TestCase("Status=FAILED", "Status is not a filter of this list; did you mean status?")]
    [TestCase("pageSize=30", "pageSize must be one of: 25, 50, 100")]
    [TestCase("sort=amount", "sort must be createdAt:desc or createdAt:asc")]
    [TestCase("sort=createdAt:asc&sort=createdAt:asc", "sort must be given only once")]
    [TestCase("after=1", "after must be a position that a page of this list links to")]
    [TestCase("before=2026-05-01T00:00:00Z_x", "before must be a position that a page of this list links to")]
    [TestCase("after=2026-05-01T00:00:00Z_1&before=2026-05-01T00:00:00Z_1", "after must be a position that a page of this list links to")]
    [TestCase("createdAtFrom=yesterday", "createdAtFrom must be an RFC 3339 date and time with an offset, such as 2024-05-01T12:00:00Z")]
    [TestCase("amountGte=1.5", "amountGte must be a whole number of minor units between 0 and 10^38-1, digits only")]
    public void Read_BrokenRule_NamesTheParameter(string query, string error)
    {
        var errors = Assert.Throws<ValidationException>(() => Query(query).Read()).Errors;
        Assert.That(errors.Select(broken => $"{broken.Field} {broken.Rule}"), Is.EqualTo(new[] { error }));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void At_Page_IsReadBackWithTheFilters(bool isBackwards)
    {
        var position = new PagePosition(Instant.OfUtc(new DateTime(2026, 5, 1, 12, 0, 0).AddTicks(1)), 42);
        var request = new PageRequest(50, Ascending: true, position, isBackwards);
        var url = Query("pageSize=50&sort=createdAt:asc&status=FAILED").At(request).Url();

        var (filter, page) = Query(url.Split('?')[1]).Read();
        Assert.That(page, Is.EqualTo(request));
        Assert.That(filter, Is.EqualTo(new PaymentFilter.OneOf(PaymentField.Status, ["FAILED"])));
    }

    [Test]
    public void Url_AnyCharacters_AreReadBack()
    {
        const string Value = "a&b=c d+e%é/\"<😀";
        var read = Query(Query("").With("metadata[&=]", Value).Url().Split('?')[1]);
        Assert.That(read.Parameters, Is.EqualTo(new[] { ("metadata[&=]", Value) }));
    }

    [Test]
    public void With_OtherFilter_StartsAtTheFirstPage() => Assert.That(
        Query("status=FAILED&after=2026-05-01T00:00:00Z_1&search=x").With("type", "PAYOUT").Url(), Is.EqualTo("/dashboard/payments?status=FAILED&type=PAYOUT"));

    [Test]
    public void ExportUrl_HasTheFiltersAndTheOrderOnly() => Assert.That(
        Query("status=FAILED&sort=createdAt:asc&pageSize=50&after=2026-05-01T00:00:00Z_1&search=x").ExportUrl("csv"),
        Is.EqualTo("/dashboard/payments/export?status=FAILED&sort=createdAt:asc&format=csv"));
}
