using Payments.Dashboard.Formatting;
using Payments.Dashboard.Payments;
using static Payments.Dashboard.Tests.Payments.ListModels;

namespace Payments.Dashboard.Tests.Payments;

public sealed class PaymentListModelTests
{
    [TestCase("status=FAILED&status=REFUNDED_FAILURE", "Status", "Failed, Refund failed")]
    [TestCase("provider=STRIPE", "Provider", "Stripe")]
    [TestCase("amountGte=10050&amountLte=2000000", "Amount", "at least 10,050 minor units at most 2,000,000 minor units")]
    [TestCase("amountGte=10050&amountLte=10050", "Amount", "10,050 minor units")]
    [TestCase("createdAtFrom=2026-05-01T00:00:00%2B02:00&createdAtTo=2026-06-01T00:00:00%2B02:00", "Date", "from 1 May 2026 to 31 May 2026")]
    [TestCase("createdAtFrom=2026-05-01T10:00:00Z", "Date", "from 1 May 2026, 12:00:00")]
    [TestCase("createdAtFrom=yesterday", "Date", "from yesterday", Description = "a wrong value can be removed")]
    [TestCase("amountGte=x", "Amount", "at least x")]
    [TestCase("metadata[order]=A-1&metadata[order]=A-2", "order", "A-1, A-2")]
    [TestCase($"sourceAccountID={Sample.AccountId}", "From account", "acc_1")]
    public void Filters_OneFilter_IsAChipWithItsText(string query, string label, string text)
    {
        var chip = Model(query).Filters.Single();
        Assert.That((chip.Label, chip.Text, chip.RemoveUrl), Is.EqualTo((label, text, "/dashboard/payments")));
    }

    [Test]
    public void Filters_AmountOfOneAsset_IsInMajorUnits()
    {
        var model = Model("asset=KWD/3&amountLte=12345");
        Assert.That(model.Filters.Select(chip => chip.Text), Is.EqualTo(new[] { "at most 12.345 KWD", "KWD/3" }));
        Assert.That(model.Typed(FilterField.Amount, FilterField.To), Is.EqualTo("12.345"));
        Assert.That(model.AmountHint, Does.StartWith("In KWD, such as 10.050."));
    }

    [TestCase("asset=EUR/2&type=PAYOUT", true)]
    [TestCase("type=PAYOUT", true)]
    [TestCase("asset=EUR/2&asset=USD/2", false)]
    public void OffersAsset_AtMostOneAsset_IsTrue(string query, bool offers) => Assert.That(Model(query).OffersAsset, Is.EqualTo(offers));

    [TestCase("", "EUR/2")]
    [TestCase("asset=USD/2&amountGte=1", "USD/2")]
    [TestCase("amountGte=100", null, Description = "minor units, as the URL says")]
    public void AmountAssetChoice_NewFilter_IsTheMostUsedAsset(string query, string? asset) =>
        Assert.That((Model(query) with { Assets = ["EUR/2", "USD/2"] }).AmountAssetChoice, Is.EqualTo(asset));

    [TestCase("REFUNDED", "1", "Partially refunded")]
    [TestCase("REFUNDED", "0", "Refunded")]
    [TestCase("SUCCEEDED", "1", "Succeeded")]
    public void Status_OfAPayment_SaysWhetherSomethingIsLeft(string status, string left, string text) => Assert.That(PaymentText.Status(status, left), Is.EqualTo(text));

    [Test]
    public void Filters_Connector_HasItsName()
    {
        var model = Model($"connectorID={Connector.Id}");
        Assert.That(model.Filters.Single().Text, Is.EqualTo("Stripe · eu"));
        Assert.That(model.Choices(FilterField.Connector), Is.EqualTo(new[] { ($"{Connector.Id}", "Stripe · eu", true) }));
    }

    [TestCase("", true)]
    [TestCase("status=FAILED&pageSize=50", true)]
    [TestCase("sort=createdAt:asc", false)]
    [TestCase("after=2026-05-01T00:00:00Z_1", false)]
    public void IsLive_OnlyTheFirstPageOfTheNewest(string query, bool isLive) =>
        Assert.That((Model(query) with { Rows = [PaymentRow.Of(PaymentModels.Stored(("own", "PENDING", "1", Now.UtcDateTime)))] }).IsLive, Is.EqualTo(isLive));

    [Test]
    public void MoreFilters_FilterThatIsOn_IsNotOfferedAgainExceptMetadata()
    {
        var more = Model("status=FAILED&metadata[a]=1").MoreFilters.Select(field => field.Label).ToList();
        Assert.That(more, Does.Not.Contain("Status").And.Contain("Metadata").And.Contain("Date"));
    }

    [Test]
    public void Typed_DatesOfTheUrl_AreLocalAndTheLastDayIsIncluded()
    {
        var date = FilterField.All[0];
        var model = Model("createdAtFrom=2026-05-01T10:00:00Z&createdAtTo=2026-05-31T22:00:00Z");
        Assert.That(
            new[] { FilterField.From, FilterForm.FromTime, FilterField.To, FilterForm.ToTime }.Select(input => model.Typed(date, input)),
            Is.EqualTo(new[] { "2026-05-01", "12:00:00", "2026-05-31", "" }));
    }

    [Test]
    public void Periods_AreDaysOfTheReaderAndKeepOtherFilters() => Assert.That(
        Model("type=PAYOUT&createdAtTo=2020-01-01T00:00:00Z").Periods,
        Is.EqualTo(new[]
        {
            ("Today", "/dashboard/payments?type=PAYOUT&createdAtFrom=2026-05-02T00:00:00%2B02:00"),
            ("Last 7 days", "/dashboard/payments?type=PAYOUT&createdAtFrom=2026-04-26T00:00:00%2B02:00"),
            ("Last 30 days", "/dashboard/payments?type=PAYOUT&createdAtFrom=2026-04-03T00:00:00%2B02:00"),
            ("This month", "/dashboard/payments?type=PAYOUT&createdAtFrom=2026-05-01T00:00:00%2B02:00"),
            ("Last week, Monday to Sunday", "/dashboard/payments?type=PAYOUT&createdAtFrom=2026-04-20T00:00:00%2B02:00&createdAtTo=2026-04-27T00:00:00%2B02:00"),
            ("Last month", "/dashboard/payments?type=PAYOUT&createdAtFrom=2026-04-01T00:00:00%2B02:00&createdAtTo=2026-05-01T00:00:00%2B02:00"),
        }));

    [TestCase("asset=EUR&amountGte=100", "/dashboard/payments?amountGte=10000&asset=EUR/2", Description = "100 EUR stays 100 EUR")]
    [TestCase("asset=USD/2&asset=EUR&amountGte=100", "/dashboard/payments?amountGte=100&asset=USD/2&asset=EUR/2", Description = "minor units stay")]
    public void AssetWithoutDecimals_AssetTypedAsCurrency_LeadsToTwoDecimals(string query, string url) =>
        Assert.That(Model(query).AssetWithoutDecimals, Is.EqualTo(("EUR", url)));

    [TestCase("asset=EUR/2")]
    [TestCase("status=FAILED")]
    [TestCase("asset=eur")]
    public void AssetWithoutDecimals_OtherFilter_IsNull(string query) => Assert.That(Model(query).AssetWithoutDecimals, Is.Null);

    [TestCase("", true)]
    [TestCase("status=FAILED", false)]
    [TestCase("after=2026-05-01T00:00:00Z_1", false)]
    public void IsDatabaseEmpty_NoRows_OnlyOnTheFirstPageWithoutFilters(string query, bool isEmpty) => Assert.That(Model(query).IsDatabaseEmpty, Is.EqualTo(isEmpty));
}
