using Payments.Providers.Stripe;
using Payments.Providers.Tests.Stories;

namespace Payments.Providers.Tests.Stripe;

public sealed class StripeBalanceReportTests
{
    private const string Header = "balance_transaction_id,created_utc,currency,gross,fee,reporting_category,source_id,customer_facing_amount,customer_facing_currency,charge_id,payment_intent_id,card_brand,payment_method_type";
    private const string Charge = "txn_1,2024-05-01 12:00:05,usd,10.00,0.59,charge,ch_1,10.00,usd,ch_1,pi_1,Visa,card";

    private static readonly StripeBalanceReport Report = new();

    private static readonly Dictionary<string, string> Names = new()
    {
        ["pi_1"] = "`payment_intent_id`, else `source_id`",
        ["ch_1"] = "`source_id`",
        ["re_1"] = "`source_id`",
        ["tu_1"] = "`source_id`",
        ["tr_1"] = "`source_id`",
        ["1001"] = "`customer_facing_amount`",
        ["1100"] = "`gross`",
        ["2024-05-01T12:00:05Z"] = "`created_utc`",
    };

    internal static ReportStory Story { get; } = new(
        "stripe-balance",
        [
            Header, Charge, "txn_2,2024-05-01 12:00:12,usd,-3.00,0,refund,re_1,-3.00,usd,ch_1,pi_1,,", "txn_3,2024-05-01 12:00:20,usd,-7.00,15.00,dispute,dp_1,,,ch_1,pi_1,,",
            "txn_4,2024-05-01 12:00:50,usd,7.00,0,dispute_reversal,dp_1,,,ch_1,pi_1,,", "txn_5,2024-05-01 12:01:00,usd,-2.00,0,fee,,,,,,,",
        ],
        [
            StripeTest.Event("payment_intent.succeeded", 4, StripeTest.Intent("succeeded", received: 1000)), StripeTest.Event("charge.succeeded", 4, StripeTest.Charge("succeeded")),
            StripeTest.Event("refund.created", 10, StripeTest.Refund("succeeded", 300, 10)), StripeTest.Event("charge.dispute.created", 19, StripeTest.Dispute("needs_response", 19, 700)),
            StripeTest.Event("charge.dispute.closed", 49, StripeTest.Dispute("won", 19, 700)),
        ],
        "pi_1 PAY-IN DISPUTE_WON 1000 700 USD/2 visa @4 stripe.charge=ch_1");

    private static readonly (string Category, string Source)[] Rows =
    [
        ("charge", "ch_1"), ("charge_failure", "ch_1"), ("refund", "re_1"), ("refund_failure", "re_1"), ("dispute", "re_1"), ("dispute_reversal", "re_1"), ("topup", "tu_1"), ("topup_reversal", "tu_1"),
        ("transfer", "tr_1"), ("transfer_reversal", "trr_1"), ("fee", "fee_1"), ("payout", "po_1"), ("risk_reserved_funds", "rr_1"),
    ];

    [Test]
    public async Task ReadAsync_EachCategory_IsAsDocumented()
    {
        var lines = await ReadAsync([Header, .. Rows.Select(row => $"txn,2024-05-01 12:00:05,eur,11.00,0,{row.Category},{row.Source},10.01,usd,ch_1,pi_1,,")]);
        MappingTable.AssertDocumented(
            "| reporting_category | records | reference | amount | createdAt |",
            Rows.Zip(lines, (row, line) => $"| `{row.Category}` | {MappingTable.Render(line.Outcome, Names)}"));
    }

    [Test]
    public async Task ReadAsync_Charge_HasTheValuesOfTheWebhook()
    {
        var create = ReportTest.Create((await ReadAsync(Header, Charge)).Single());
        Assert.Multiple(() =>
        {
            Assert.That((create.Reference, create.Type, create.Status, create.Amount, create.Asset, create.Scheme), Is.EqualTo(("pi_1", "PAY-IN", "SUCCEEDED", "1000", "USD/2", "visa")));
            Assert.That(create.Metadata, Is.EqualTo(new Dictionary<string, string> { ["stripe.charge"] = "ch_1" }));
            Assert.That(create.Raw, Does.StartWith("{\"balance_transaction_id\":\"txn_1\",").And.Contains("\"fee\":\"0.59\""));
        });
    }

    [Test]
    public async Task ReadAsync_ColumnsInOtherOrder_AreFoundByName()
    {
        var order = Enumerable.Range(0, Header.Split(',').Length).Reverse().ToList();
        var create = ReportTest.Create((await ReadAsync($"\uFEFF{Pick(Header)},extra", $"{Pick(Charge)},x")).Single());
        Assert.That((create.Reference, create.Amount), Is.EqualTo(("pi_1", "1000")));

        string Pick(string line) => string.Join(',', order.Select(i => line.Split(',')[i]));
    }

    [Test]
    public async Task ReadAsync_MissingAndRepeatedColumns_AreAllNamed()
    {
        var errors = (await Assert.ThrowsAsync<ValidationException>(() => ReadAsync("created_utc,currency,gross,gross,fee,fee,reporting_category")))!.Errors;
        Assert.That(
            errors.Select(error => error.Field),
            Is.EqualTo((string[])["gross", "source_id", "customer_facing_amount", "customer_facing_currency", "charge_id", "payment_intent_id"]));
    }

    [TestCase("txn_1,2024-05-01 12:00:05,usd,10.00", "The record has another number of cells than the header.")]
    [TestCase("txn_1,01/05/2024,usd,10.00,0.59,charge,ch_1,10.00,usd,ch_1,pi_1,,", "created_utc must be a time such as 2024-05-01 12:00:00.")]
    [TestCase("txn_1,2024-05-01 12:00:05,usd,10.00,0.59,,ch_1,10.00,usd,ch_1,pi_1,,", "reporting_category is required.")]
    [TestCase("txn_1,2024-05-01 12:00:05,usd,10.00,0.59,charge,,10.00,usd,ch_1,pi_1,,", "source_id is required for this kind of record.")]
    [TestCase("txn_1,2024-05-01 12:00:05,usd,10.00,0.59,charge,ch_1,,,ch_1,pi_1,,", "customer_facing_amount is required for this kind of record.")]
    [TestCase("txn_1,2024-05-01 12:00:05,usd,10.00,0.59,charge,ch_1,9.00,usd,ch_1,pi_1,,", "customer_facing_amount must equal gross if both have the same currency.")]
    [TestCase("txn_1,2024-05-01 12:00:05,usd,10.005,0.59,charge,ch_1,10.00,usd,ch_1,pi_1,,", "gross must be a number with a point and at most 2 decimals")]
    [TestCase("txn_1,2024-05-01 12:00:05,usd,-10.00,0,refund,re_1,-10.00,usd,,,,", "payment_intent or charge must be an id.")]
    public async Task ReadAsync_UnusableRecord_IsRejectedWithReason(string record, string reason)
    {
        var lines = await ReadAsync(Header, record, Charge);
        Assert.That(ReportTest.Reason(lines[0]), Does.StartWith(reason));
        Assert.That((lines[0].Number, lines[1].Number, ReportTest.Create(lines[1]).Amount), Is.EqualTo((2, 3, "1000")));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task ReadAsync_PartialCapture_RecordsTheCapturedAmount(bool isReversalFirst)
    {
        string[] parts = [Charge, "txn_2,2024-05-01 12:00:06,usd,-4.00,0,partial_capture_reversal,re_9,-4.00,usd,ch_1,pi_1,,"];
        var lines = await ReadAsync([Header, .. isReversalFirst ? parts.Reverse() : parts, "txn_3,2024-05-01 12:00:07,usd,5.00,0,charge,ch_2,5.00,usd,ch_2,,,"]);
        Assert.Multiple(() =>
        {
            Assert.That(lines.Select(line => line.Number), Is.EqualTo((long[])[2, 3, 4]));
            Assert.That(ReportTest.Create(lines[isReversalFirst ? 1 : 0]).Amount, Is.EqualTo("600"));
            Assert.That(lines[isReversalFirst ? 0 : 1].Outcome, Is.EqualTo(new ProviderIgnored("partial_capture_reversal")));
            Assert.That((ReportTest.Create(lines[2]).Reference, ReportTest.Create(lines[2]).Amount), Is.EqualTo(("ch_2", "500")));
        });
    }

    [Test]
    public async Task ReadAsync_ReversalFarFromItsCharge_IsRejected()
    {
        var lines = await ReadAsync(Header, Charge, "txn_2,2024-05-01 12:01:06,usd,-4.00,0,partial_capture_reversal,re_9,-4.00,usd,ch_1,pi_1,,");
        Assert.That(ReportTest.Reason(lines[1]), Does.StartWith("charge_id must be the source_id of a charge within a minute"));
    }

    [Test]
    public async Task ReadAsync_PartialCaptureOfConvertedCharge_IsRejected()
    {
        var lines = await ReadAsync(
            Header, "txn_1,2024-05-01 12:00:05,eur,9.00,0,charge,ch_1,10.00,usd,ch_1,pi_1,,", "txn_2,2024-05-01 12:00:05,eur,-3.60,0,partial_capture_reversal,re_9,,,ch_1,pi_1,,");
        Assert.That(ReportTest.Reason(lines[0]), Does.Contain("does not contain its captured amount"));
    }

    [Test]
    public async Task ReadAsync_BesideWebhooks_RecordsEachPaymentAndRefundOnce()
    {
        foreach (var isReportFirst in (bool[])[true, false])
        {
            var inbox = new MemoryInbox(StripeTest.Connector, StripeTest.Webhooks, StripeTest.Settings);
            await (isReportFirst ? ImportAsync() : DeliverAsync());
            await (isReportFirst ? DeliverAsync() : ImportAsync());
            Assert.That(inbox.Payments, Is.EqualTo((string[])[Story.Expected]), () => $"report first: {isReportFirst}");
            Assert.That(inbox.Open, Is.Empty);

            async Task ImportAsync()
            {
                foreach (var line in await ReadAsync([.. Story.Report]))
                {
                    await inbox.AddAsync($"line {line.Number}", line.Outcome);
                }
            }

            async Task DeliverAsync()
            {
                foreach (var body in Story.Events)
                {
                    await inbox.DeliverAsync(StripeTest.Sign(body));
                }
            }
        }
    }

    [Test]
    public async Task ReadAsync_DisputeInOtherCurrency_DoesNotReachThePayment()
    {
        var inbox = new MemoryInbox(StripeTest.Connector);
        foreach (var line in await ReadAsync(Header, Charge, "txn_3,2024-05-01 12:00:20,eur,-7.00,0,dispute,dp_1,,,ch_1,pi_1,,"))
        {
            await inbox.AddAsync($"line {line.Number}", line.Outcome);
        }

        Assert.That(inbox.Open, Is.EqualTo((string[])["line 3: failed asset"]));
    }

    private static Task<List<ProviderReportLine>> ReadAsync(params string[] lines) => ReportTest.ReadAsync(Report, StripeTest.Connector, null, lines);
}
