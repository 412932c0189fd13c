using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using static Payments.TestCommon.SignedEvents;

namespace Payments.Api.Tests.Payments;

/// <summary>Imports of providers' reports, together with webhooks.</summary>
internal sealed class ReportImportTests : ServiceFixture
{
    private const string StripeHeader = "created_utc,currency,gross,reporting_category,source_id,customer_facing_amount,customer_facing_currency,charge_id,payment_intent_id,card_brand,payment_method_type,description";
    private const string AdyenHeader = "Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC)";

    // The times of the report differ from those of the events.
    private static readonly string StripeReport = string.Join('\n',
        StripeHeader,
        "2024-05-01 12:00:07,usd,10.00,charge,ch_1,10.00,usd,ch_1,pi_1,Visa,card,\"A cell, with a comma\"",
        "2024-05-01 12:00:07,usd,-0.30,fee,,,,,,,,",
        "2024-05-01 12:00:08,usd,25.00,charge,ch_2,25.00,usd,ch_2,pi_2,Visa,card,",
        "2024-05-01 12:00:11,usd,-3.00,refund,re_1,-3.00,usd,ch_1,pi_1,,,",
        "2024-05-02 00:00:00,usd,-31.00,payout,po_1,,,,,,,");

    private static readonly string[] StripeEvents =
    [
        StripeEvent("evt_1", "payment_intent.succeeded", 5, Intent("pi_1", "succeeded")),
        StripeEvent("evt_2", "refund.created", 9, Refund("re_1", "pi_1", 300, 9)),
        StripeEvent("evt_3", "payment_intent.succeeded", 6, Intent("pi_2", "succeeded", 2500)),
    ];

    private static readonly string AdyenReport = string.Join('\n',
        AdyenHeader,
        "P1,order-7,visa,2024-05-01 14:00:30,CEST,Settled,C1,EUR,,10.00",
        "P1,order-7,visa,2024-05-01 14:01:10,CEST,Refunded,R1,EUR,3.00,",
        ",,,2024-05-01 14:01:10,CEST,MerchantPayout,,EUR,7.00,");

    // After the events, the first report adds the scheme and the charge of each payment.
    [TestCase("stored", "replayed", "events", "report")]
    [TestCase("stored", "stored", "report", "events")]
    [TestCase("replayed", "replayed", "report", "report")]
    [TestCase("replayed", "replayed", "events", "report", "events", "report")]
    public async Task Import_StripeBalanceAndEvents_RecordEachPaymentAndRefundOnce(string charges, string refund, params string[] order)
    {
        var connector = await Service.Client.InstallWithSettingsAsync("stripe", StripeSettings);
        List<JsonObject> results = [];
        foreach (var source in order)
        {
            if (source == "events")
            {
                foreach (var body in StripeEvents)
                {
                    using var response = await Service.Client.PostStripeEventAsync(connector, body);
                    Assert.That((int)response.StatusCode, Is.EqualTo(200));
                }
            }
            else
            {
                results = await ImportAsync("stripe-balance", connector, StripeReport);
            }
        }

        Assert.That(Outcomes(results), Is.EqualTo((string[])[$"2 {charges}", "3 skipped fee", $"4 {charges}", $"5 {refund}", "6 skipped payout"]));
        Assert.That(await PaymentsAsync(connector), Is.EqualTo((string[])["pi_1 REFUNDED 1000 700 USD/2 visa pi_1,re_1", "pi_2 SUCCEEDED 2500 2500 USD/2 visa pi_2"]));
        Assert.That(await OpenAsync("stripe", connector), Is.Empty);
    }

    [TestCase("events", "report")]
    [TestCase("report", "events")]
    [TestCase("report", "report")]
    public async Task Import_AdyenSettlementAndEvents_RecordEachPaymentAndRefundOnce(params string[] order)
    {
        var connector = await Service.Client.InstallWithSettingsAsync("adyen", AdyenSettings);
        foreach (var (i, source) in order.Index())
        {
            if (source == "events")
            {
                using var response = await Service.Client.PostAdyenEventsAsync(connector, AdyenBatch(AdyenItem("AUTHORISATION", "P1", 0), AdyenItem("REFUND", "R1", 60, 300, "P1")));
                Assert.That((int)response.StatusCode, Is.EqualTo(200));
            }
            else
            {
                var results = await ImportAsync("adyen-settlement", connector, AdyenReport);
                var recorded = i == 0 ? "stored" : "replayed";
                Assert.That(Outcomes(results), Is.EqualTo((string[])[$"2 {recorded}", $"3 {recorded}", "4 skipped MerchantPayout"]));
            }
        }

        Assert.That(await PaymentsAsync(connector), Is.EqualTo((string[])["P1 REFUNDED 1000 700 EUR/2 visa P1,R1"]));
        Assert.That(await OpenAsync("adyen", connector), Is.Empty);
    }

    [Test]
    public async Task Import_AdyenManualCapture_AddsTheCaptureToTheAuthorization()
    {
        var connector = await Service.Client.InstallWithSettingsAsync("adyen", $$"""{"capture":"manual",{{AdyenSettings[1..]}}""");
        Assert.That(Outcomes(await ImportAsync("adyen-settlement", connector, AdyenReport)), Is.EqualTo((string[])["2 invalid NOT_FOUND", "3 invalid NOT_FOUND", "4 skipped MerchantPayout"]));
        using var response = await Service.Client.PostAdyenEventsAsync(connector, AdyenBatch(AdyenItem("AUTHORISATION", "P1", 0, 1500)));
        Assert.That(Outcomes(await ImportAsync("adyen-settlement", connector, AdyenReport)), Is.EqualTo((string[])["2 stored", "3 stored", "4 skipped MerchantPayout"]));
        Assert.That(await PaymentsAsync(connector), Is.EqualTo((string[])["P1 REFUNDED 1500 700 EUR/2 visa C1,P1,R1"]));
    }

    // The refund names only the charge, and its payment is in the line before it.
    [Test]
    public async Task Import_RefundsAfterTheirCharges_FindTheirPayments()
    {
        var connector = await Service.InstallAsync();
        var lines = Enumerable.Range(0, 300).SelectMany(i => (string[])
        [
            $"2024-05-01 12:00:07,usd,10.00,charge,ch_{i},10.00,usd,ch_{i},pi_{i},,,",
            $"2024-05-01 12:00:11,usd,-3.00,refund,re_{i},-3.00,usd,ch_{i},,,,",
        ]);
        var results = await ImportAsync("stripe-balance", connector, string.Join('\n', lines.Prepend(StripeHeader)));
        Assert.That(results, Has.Count.EqualTo(600));
        Assert.That(results.Select(result => (string?)result["outcome"]), Has.All.EqualTo("stored"));
    }

    [Test]
    public async Task Import_UnusableLines_AreRejectedWithReasonsAndTheOthersRecorded()
    {
        var connector = await Service.InstallAsync();
        var results = await ImportAsync("stripe-balance", connector, string.Join("\r\n",
            StripeHeader,
            "2024-05-01 12:00:07,usd,10.005,charge,ch_1,10.005,usd,ch_1,pi_1,,,",
            "2024-05-01 12:00:07,usd,10.00",
            "",
            "2024-05-01 12:00:07,usd,10.00,charge,ch_1,10.00,usd,ch_1,pi_1,,,a \"quote\"",
            $"2024-05-01 12:00:07,usd,10.00,charge,ch_1,10.00,usd,ch_1,pi_1,,,{new string('x', 300_000)}",
            "2024-05-01 12:00:07,usd,-10.00,refund,re_9,-10.00,usd,ch_9,pi_9,,,",
            "2024-05-01 12:00:07,usd,10.00,charge,ch_1,10.00,usd,ch_1,pi_1,,,"));
        Assert.Multiple(() =>
        {
            Assert.That(
                Outcomes(results),
                Is.EqualTo((string[])["2 invalid VALIDATION", "3 invalid VALIDATION", "5 invalid VALIDATION", "6 invalid VALIDATION", "7 invalid NOT_FOUND", "8 stored"]));
            Assert.That(
                results.Select(result => ((string?)result["errorMessage"])?.Split([' ', '.'])[..3]),
                Is.EqualTo((string[]?[])[["customer_facing_amount", "must", "be"], ["The", "record", "has"], ["The", "record", "is"], ["The", "line", "is"], ["The", "payment", "of"], null]));
        });
    }

    [TestCase("format=xml&connectorID={0}", "format must be one of: stripe-balance, adyen-settlement.")]
    [TestCase("connectorID={0}", "format must be one of: stripe-balance, adyen-settlement.")]
    [TestCase("format=stripe-balance", "connectorID is required.")]
    [TestCase("format=stripe-balance&connectorID=x", "connectorID must be")]
    [TestCase("format=adyen-settlement&connectorID={0}", "connectorID must be the id of a connector of ADYEN, because the format is adyen-settlement.")]
    [TestCase("format=stripe-balance&connectorID={1}", "connectorID no installed connector has this id.")]
    public async Task Import_WrongParameters_Returns400NamingThem(string query, string message)
    {
        var connector = await Service.InstallAsync();
        var unknown = Sample.Connector().Id.ToString();
        using var response = await PostAsync(string.Format(null, CompositeFormat.Parse(query), connector, unknown), StripeReport);
        var problem = await response.JsonAsync();
        Assert.That(((int)response.StatusCode, (string?)problem["errorCode"]), Is.EqualTo((400, "VALIDATION")));
        Assert.That((string?)problem["errorMessage"], Does.StartWith(message));
    }

    [Test]
    public async Task Import_ReportAsNdjson_Returns400NamingFormat()
    {
        var connector = await Service.InstallAsync();
        using var response = await PostAsync($"format=stripe-balance&connectorID={connector}", StripeReport, "application/x-ndjson");
        Assert.That((await response.JsonAsync()).Fields(), Is.EqualTo((string[])["format"]));
    }

    [TestCase("stripe-balance", "created_utc,gross\n2024-05-01 12:00:07,10.00", "reporting_category,source_id,currency,customer_facing_amount,customer_facing_currency,charge_id,payment_intent_id")]
    [TestCase("adyen-settlement", "Psp Reference,Type,Creation Date,TimeZone,Modification Reference,Gross Currency\nP1,Settled,,,,", "Gross Debit (GC),Gross Credit (GC)")]
    public async Task Import_MissingColumns_Returns400NamingEach(string format, string report, string missing)
    {
        var connector = await Service.InstallAsync(format.Split('-')[0]);
        using var response = await PostAsync($"format={format}&connectorID={connector}", report);
        var problem = await response.JsonAsync();
        Assert.That(((int)response.StatusCode, problem.Fields()), Is.EqualTo((400, missing.Split(','))), problem.ToJsonString());
        Assert.That(await PaymentsAsync(connector), Is.Empty);
    }

    private async Task<List<JsonObject>> ImportAsync(string format, string connector, string report)
    {
        using var response = await PostAsync($"format={format}&connectorID={connector}", report);
        return await PaymentsService.ReadResultsAsync(response);
    }

    private Task<HttpResponseMessage> PostAsync(string query, string report, string type = "text/csv") => Service.Client.PostAsync(
        $"api/payments/payments/import?{query}", new StringContent(report, Encoding.UTF8) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } });

    private static IEnumerable<string> Outcomes(List<JsonObject> results) =>
        results.Select(result => $"{result["line"]} {result["outcome"]} {result["kind"] ?? result["errorCode"]}".Trim());

    private async Task<IEnumerable<string>> PaymentsAsync(string connector) =>
        from payment in await ListAsync($"payments?connectorID={connector}")
        let references = string.Join(',', payment!["adjustments"]!.AsArray().Select(adjustment => (string)adjustment!["reference"]!).Distinct().Order(StringComparer.Ordinal))
        orderby (string)payment["reference"]!
        select $"{payment["reference"]} {payment["status"]} {payment["initialAmount"]} {payment["amount"]} {payment["asset"]} {payment["scheme"]} {references}";

    private async Task<IEnumerable<string>> OpenAsync(string provider, string connector) =>
        from entry in await ListAsync($"connectors/{provider}/{connector}/inbox")
        where (string)entry!["state"]! is not ("applied" or "ignored")
        select $"{entry["kind"]} {entry["state"]} {entry["reason"]}";

    private async Task<JsonArray> ListAsync(string path) => (await Service.Client.GetFromJsonAsync<JsonObject>($"api/payments/{path}"))!["cursor"]!["data"]!.AsArray();
}
