using Payments.Providers.Adyen;
using static Payments.Providers.Tests.Adyen.AdyenTest;

namespace Payments.Providers.Tests.Adyen;

public sealed class AdyenMappingTests
{
    private const string Header = "| event code | if | records | reference | amount | createdAt |";
    private const string Pay = "P1";
    private const string Own = "E1";
    private const int Amount = 1001;

    private static readonly Dictionary<string, string> Names = new()
    {
        [Pay] = "`originalReference`",
        [Own] = "`pspReference`",
        ["1001"] = "`amount.value`",
        ["2024-05-01T12:00:20Z"] = "`eventDate`",
    };

    private static readonly (string Code, string If)[] Rows =
    [
        ("AUTHORISATION", "`capture: automatic`"), ("AUTHORISATION", "`capture: manual`"), ("AUTHORISATION", "`success: false`"),
        .. Both("CAPTURE"), ("CAPTURE_FAILED", ""),
        .. Both("CANCELLATION"), ("TECHNICAL_CANCEL", ""), ("EXPIRE", ""), ("OFFER_CLOSED", ""),
        ("CANCEL_OR_REFUND", "`modification.action: cancel`"), ("CANCEL_OR_REFUND", "`modification.action: refund`"), ("CANCEL_OR_REFUND", "`success: false`"),
        .. Both("REFUND"), .. Both("REFUND_WITH_DATA"), ("REFUND_FAILED", ""), ("REFUNDED_REVERSED", ""),
        ("CHARGEBACK", ""), ("CHARGEBACK_REVERSED", ""), ("PREARBITRATION_WON", ""), ("SCHEME_ARBITRATION_WON", ""), ("SECOND_CHARGEBACK", ""), ("PREARBITRATION_LOST", ""), ("SCHEME_ARBITRATION_LOST", ""),
        .. Both("PAYOUT_THIRDPARTY"), ("PAYOUT_DECLINE", ""), ("PAYOUT_EXPIRE", ""), ("PAIDOUT_REVERSED", ""),
        ("REPORT_AVAILABLE", ""),
    ];

    // All codes of Adyen's description of its standard webhooks (adyen-openapi, json/Webhooks-v1.json) that change no payment.
    private static readonly string[] Noted =
    [
        "ACH_NOTIFICATION_OF_CHANGE", "AUTHORISATION_ADJUSTMENT", "AUTORESCUE", "CANCEL_AUTORESCUE", "DIRECT_DEBIT_NOTICE_OF_CHANGE_NOTIFICATION", "DISPUTE_DEFENSE_PERIOD_ENDED", "INFORMATION_SUPPLIED",
        "ISSUER_COMMENTS", "ISSUER_RESPONSE_TIMEFRAME_EXPIRED", "MANUAL_REVIEW_ACCEPT", "MANUAL_REVIEW_REJECT", "NOTIFICATION_OF_CHARGEBACK", "NOTIFICATION_OF_FRAUD", "ORDER_CLOSED", "ORDER_OPENED", "POSTPONED_REFUND",
        "PREARBITRATION_ACCEPTED", "PREARBITRATION_DECLINED", "PREARBITRATION_ISSUER_WITHDRAWN", "PREARBITRATION_OPEN", "RECURRING_CONTRACT", "REQUEST_FOR_INFORMATION", "SCHEME_ARBITRATION", "VOID_PENDING_REFUND",
    ];

    [Test]
    public void Map_EachRow_IsAsDocumented() =>
        MappingTable.AssertDocumented(Header, Rows.Select(row => $"| `{row.Code}` | {row.If} | {MappingTable.Render(Map(row.Code, row.If), Names)}"));

    [Test]
    public void MappedKinds_All_AreDocumented() => Assert.That(AdyenMapping.MappedKinds, Is.EquivalentTo(Rows.Select(row => row.Code).Distinct()));

    [TestCaseSource(nameof(Noted))]
    public void Map_OtherCode_ChangesNoPayment(string code) => Assert.That(Map(code, ""), Is.EqualTo(new ProviderIgnored("Events of this kind change no payment.")));

    [TestCaseSource(nameof(UnsuccessfulKinds))]
    public void Map_Unsuccessful_NeverMovesMoney(string code)
    {
        var status = Map(code, "`success: false`") is ProviderCommands commands
            ? commands.Commands.Single().Command switch { CreatePaymentCommand create => create.Status, AdjustPaymentCommand adjust => adjust.Status, _ => null }
            : "noted";
        Assert.That(status, Is.EqualTo(code switch { "AUTHORISATION" => "FAILED", "REFUND" => "REFUNDED_FAILURE", _ => "noted" }));
    }

    [Test]
    public void Map_Authorisation_KeepsTheItemAndItsMerchantReference()
    {
        var item = Item("AUTHORISATION", Own, 20);
        var create = (CreatePaymentCommand)((ProviderCommands)AdyenTest.Webhooks.Map(item, Automatic, AdyenTest.Connector)).Commands.Single().Command;
        Assert.Multiple(() =>
        {
            Assert.That(create.Raw, Is.EqualTo(item));
            Assert.That(create.Metadata, Is.EqualTo(new Dictionary<string, string> { ["adyen.merchantReference"] = "order-7" }));
            Assert.That((create.Asset, create.Scheme), Is.EqualTo(("EUR/2", "visa")));
        });
    }

    [TestCase("mc", "mastercard")]
    [TestCase("cup", "cup")]
    [TestCase("sepadirectdebit", "sepa debit")]
    [TestCase("ach", "ach debit")]
    [TestCase("paywithgoogle", "google pay")]
    [TestCase("applepay", "apple pay")]
    [TestCase("doku_wallet", "doku")]
    [TestCase("ideal", "other")]
    [TestCase(null, "unknown")]
    public void Map_PaymentMethod_BecomesScheme(string? method, string scheme) => Assert.That(
        ((CreatePaymentCommand)((ProviderCommands)AdyenTest.Webhooks.Map(Item("AUTHORISATION", Own, 0, method: method), Automatic, AdyenTest.Connector)).Commands.Single().Command).Scheme, Is.EqualTo(scheme));

    [Test]
    public void Map_UnusableDate_FailsNamingIt()
    {
        var item = Item("AUTHORISATION", Own, 0).Replace("2024-05-01T", "2024-05-01 ", StringComparison.Ordinal);
        Assert.That((AdyenTest.Webhooks.Map(item, Automatic, AdyenTest.Connector) as ProviderFailed)?.Reason, Does.StartWith("eventDate must be"));
    }

    private static IEnumerable<string> UnsuccessfulKinds => AdyenMapping.MappedKinds.Where(kind => kind != "REPORT_AVAILABLE");

    private static IEnumerable<(string Code, string If)> Both(string code) => [(code, ""), (code, "`success: false`")];

    private static ProviderOutcome Map(string code, string condition)
    {
        var isNew = code is "AUTHORISATION" or "PAYOUT_THIRDPARTY";
        var action = condition.StartsWith("`modification", StringComparison.Ordinal) ? condition.Trim('`').Split(' ')[1] : null;
        var item = Item(code, Own, 20, Amount, isNew ? null : Pay, !condition.Contains("success: false", StringComparison.Ordinal), action: action, reason: "the URL of the report, for reconciliation");
        return AdyenTest.Webhooks.Map(item, condition.Contains("manual", StringComparison.Ordinal) ? Manual : Automatic, AdyenTest.Connector);
    }
}
