using Payments.Providers.Adyen;
using Payments.Providers.Tests.Stories;
using static Payments.Providers.Tests.Adyen.AdyenTest;

namespace Payments.Providers.Tests.Adyen;

public sealed class AdyenSettlementReportTests
{
    private const string Header = "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC)";
    private const string Settled = "Company,MerchantAccount,P1,order-7,visa,2024-05-01 14:00:30,CEST,Settled,C1,EUR,,10.00";

    private static readonly AdyenSettlementReport Report = new();

    private static readonly Dictionary<string, string> Names = new()
    {
        ["P1"] = "`Psp Reference`",
        ["M1"] = "`Modification Reference`",
        ["1001"] = "the debit or the credit",
        ["2024-05-01T12:00:20Z"] = "`Creation Date`",
    };

    internal static ReportStory Story { get; } = new(
        "adyen-settlement",
        [
            Header, Settled, "Company,MerchantAccount,P1,order-7,visa,2024-05-01 14:01:10,CEST,Refunded,R1,EUR,3.00,", "Company,MerchantAccount,P1,order-7,visa,2024-05-01 14:02:10,CEST,Chargeback,D1,EUR,7.00,",
            "Company,MerchantAccount,P1,order-7,visa,2024-05-01 14:09:10,CEST,ChargebackReversed,D1,EUR,,7.00",
        ],
        [Item("AUTHORISATION", "P1", 0), Item("REFUND", "R1", 60, 300, "P1"), Item("CHARGEBACK", "D1", 90, 700, "P1")],
        "P1 PAY-IN DISPUTE_WON 1000 700 EUR/2 visa @0 adyen.merchantReference=order-7");

    private static readonly (string Type, bool IsManual)[] Rows =
    [
        ("Settled", false), ("Settled", true), ("Refunded", false), ("RefundedReversed", false), ("Chargeback", false), ("ChargebackReversed", false), ("SecondChargeback", false), ("PaidOut", false), ("PaidOutReversed", false),
        ("Fee", false), ("MerchantPayout", false), ("DepositCorrection", false),
    ];

    [Test]
    public async Task ReadAsync_EachType_IsAsDocumented()
    {
        var rows = new List<string>();
        foreach (var (type, isManual) in Rows)
        {
            var line = (await ReadAsync(isManual ? Manual : Automatic, Header, $"Company,MerchantAccount,P1,order-7,visa,2024-05-01 14:00:20,CEST,{type},M1,EUR,10.01,")).Single();
            rows.Add($"| `{type}` | {(type == "Settled" ? $"`capture: {(isManual ? "manual" : "automatic")}`" : "")} | {MappingTable.Render(line.Outcome, Names)}");
        }

        MappingTable.AssertDocumented("| Type | if | records | reference | amount | createdAt |", rows);
    }

    [Test]
    public async Task ReadAsync_Settled_HasTheValuesOfTheWebhook()
    {
        var create = ReportTest.Create((await ReadAsync(null, Header, Settled)).Single());
        Assert.Multiple(() =>
        {
            Assert.That(
                (create.Reference, create.Type, create.Status, create.Amount, create.Asset, create.Scheme, create.CreatedAt),
                Is.EqualTo(("P1", "PAY-IN", "SUCCEEDED", "1000", "EUR/2", "visa", "2024-05-01T12:00:30Z")));
            Assert.That(create.Metadata, Is.EqualTo(new Dictionary<string, string> { ["adyen.merchantReference"] = "order-7" }));
        });
    }

    [TestCase("CLP", "10.00", "1000", "CLP/2")]
    [TestCase("IDR", "1000.00", "1000", "IDR/0")]
    [TestCase("KWD", "1.234", "1234", "KWD/3")]
    public async Task ReadAsync_OtherDecimals_AreExact(string currency, string amount, string digits, string asset)
    {
        var create = ReportTest.Create((await ReadAsync(null, Header, Settled.Replace("EUR,,10.00", $"{currency},,{amount}", StringComparison.Ordinal))).Single());
        Assert.That((create.Amount, create.Asset), Is.EqualTo((digits, asset)));
    }

    [TestCase("CEST", "IST", "TimeZone must be one of: AEDT, AEST")]
    [TestCase("2024-05-01 14:00:30", "0001-01-01 00:00:00", "Creation Date must be a time")]
    [TestCase("EUR,,10.00", "EUR,10.00,10.00", "Exactly one of Gross Debit (GC) and Gross Credit (GC) is required.")]
    [TestCase("EUR,,10.00", "EUR,,", "Exactly one of Gross Debit (GC) and Gross Credit (GC) is required.")]
    [TestCase("EUR,,10.00", "EUR,,10.001", "Gross Credit (GC) must be a number")]
    [TestCase(",P1,", ",,", "Psp Reference is required for this kind of record.")]
    public async Task ReadAsync_UnusableRecord_IsRejectedWithReason(string before, string after, string reason) =>
        Assert.That(ReportTest.Reason((await ReadAsync(null, Header, Settled.Replace(before, after, StringComparison.Ordinal))).Single()), Does.StartWith(reason));

    [Test]
    public async Task ReadAsync_BesideWebhooks_RecordsEachPaymentAndRefundOnce()
    {
        foreach (var isReportFirst in (bool[])[true, false])
        {
            var inbox = new MemoryInbox(AdyenTest.Connector, AdyenTest.Webhooks, Automatic);
            await (isReportFirst ? ImportAsync() : DeliverAsync());
            await (isReportFirst ? DeliverAsync() : ImportAsync());
            Assert.That(inbox.Payments, Is.EqualTo((string[])[Story.Expected]));
            Assert.That(inbox.Open, Is.Empty);

            async Task ImportAsync()
            {
                foreach (var line in await ReadAsync(Automatic, [.. Story.Report]))
                {
                    await inbox.AddAsync($"line {line.Number}", line.Outcome);
                }
            }

            Task DeliverAsync() => inbox.DeliverAsync(Request(Batch([.. Story.Events])));
        }
    }

    private static Task<List<ProviderReportLine>> ReadAsync(ProviderSettings? settings, params string[] lines) => ReportTest.ReadAsync(Report, AdyenTest.Connector, settings, lines);
}
