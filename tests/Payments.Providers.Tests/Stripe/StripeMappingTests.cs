using System.Text.Json.Nodes;
using Payments.Providers.Stripe;
using static Payments.Providers.Tests.Stripe.StripeTest;

namespace Payments.Providers.Tests.Stripe;

public sealed class StripeMappingTests
{
    private const string Header = "| event | if | records | reference | amount | createdAt |";

    private static readonly Dictionary<string, string> Names = new()
    {
        ["pi_1"] = "`pi_…`",
        ["ch_1"] = "`ch_…`",
        ["re_1"] = "`re_…`",
        ["dp_1"] = "`dp_…`",
        ["po_1"] = "`po_…`",
        ["tr_1"] = "`tr_…`",
        ["trr_1"] = "`trr_…`",
        ["tu_1"] = "`tu_…`",
        ["1001"] = "`amount`",
        ["1002"] = "`amount_received`",
        ["1003"] = "`amount_captured`",
        ["1004"] = "`amount` of each item",
        [Time(10)] = "object",
        [Time(20)] = "event",
        [Time(30)] = "item",
    };

    // Each row is an event that really is mapped. The second part are the members in which it differs from the usual object.
    private static readonly (string Kind, string Members)[] Rows =
    [
        ("payment_intent.processing", ""),
        ("payment_intent.amount_capturable_updated", "status=requires_capture"),
        ("payment_intent.amount_capturable_updated", "status=succeeded"),
        ("payment_intent.succeeded", ""),
        ("payment_intent.payment_failed", ""),
        ("payment_intent.canceled", ""),
        ("charge.succeeded", "payment_intent=pi_1"),
        ("charge.succeeded", "payment_intent=pi_1 status=pending"),
        ("charge.succeeded", "captured=true"),
        ("charge.succeeded", "captured=false"),
        ("charge.pending", ""),
        ("charge.pending", "payment_intent=pi_1"),
        ("charge.failed", ""),
        ("charge.failed", "payment_intent=pi_1"),
        ("charge.captured", ""),
        ("charge.captured", "payment_intent=pi_1"),
        ("charge.expired", ""),
        ("charge.expired", "payment_intent=pi_1"),
        ("charge.refunded", "refunds.data=re_1"),
        ("charge.refunded", ""),
        ("charge.refunded", "captured=false"),
        ("charge.refunded", "amount_captured=1003"),
        .. from kind in (string[])["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"]
           from members in kind == "refund.failed" ? (string[])[""] : ["status=succeeded", "status=failed", "status=pending", "status=requires_action", "status=canceled", "reason=expired_uncaptured_charge", "reason=partial_capture"]
           select (kind, members),
        .. from kind in (string[])["created", "updated", "funds_withdrawn"]
           from status in (string[])["needs_response", "under_review", "won", "lost", "warning_needs_response", "warning_under_review", "warning_closed", "prevented"]
           where status is "needs_response" or "warning_needs_response" || kind == "updated"
           select ($"charge.dispute.{kind}", $"status={status}"),
        ("charge.dispute.closed", "status=won"),
        ("charge.dispute.closed", "status=lost"),
        ("charge.dispute.closed", "status=warning_closed"),
        ("charge.dispute.closed", "status=prevented"),
        ("charge.dispute.funds_reinstated", ""),
        .. from kind in (string[])["created", "updated"]
           from status in (string[])["pending", "in_transit", "paid", "failed", "canceled"]
           select ($"payout.{kind}", $"status={status}"),
        ("payout.paid", ""),
        ("payout.failed", ""),
        ("payout.canceled", ""),
        ("transfer.created", ""),
        ("transfer.created", "type=bank_account"),
        ("transfer.reversed", "reversals.data=trr_1"),
        ("topup.created", ""),
        ("topup.succeeded", ""),
        ("topup.failed", ""),
        ("topup.canceled", ""),
        ("topup.reversed", ""),
    ];

    [Test]
    public void Map_EachRow_IsAsDocumented() => MappingTable.AssertDocumented(
        Header,
        Rows.Select(row => $"| `{row.Kind}` | {string.Join(", ", row.Members.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(member => $"`{member.Replace("=", ": ", StringComparison.Ordinal)}`"))} | {MappingTable.Render(Map(Event(row.Kind, row.Members)), Names)}"));

    [Test]
    public void MappedKinds_All_AreDocumented() => Assert.That(StripeMapping.MappedKinds, Is.EquivalentTo(Rows.Select(row => row.Kind).Distinct()));

    [Test]
    public void Map_Report_KeepsTheObjectAndCopiesNoMetadata()
    {
        var create = Create(Map(Event("payment_intent.succeeded", "")));
        Assert.Multiple(() =>
        {
            Assert.That(create.Raw, Does.StartWith("{").And.Contains("\"id\":\"pi_1\"").And.Contains("\"order\":\"7\"").And.Not.Contains("evt_1"));
            Assert.That(create.Metadata, Is.Empty);
            Assert.That((create.Asset, create.Scheme, create.ConnectorId), Is.EqualTo(("USD/2", "unknown", Sample.ConnectorId)));
        });
    }

    [Test]
    public void Map_IncrementedAuthorization_IgnoresOnlyOtherAmount()
    {
        var command = ((ProviderCommands)Map(Event("payment_intent.amount_capturable_updated", "status=requires_capture"))).Commands.Single();
        var processing = ((ProviderCommands)Map(Event("payment_intent.processing", ""))).Commands.Single();
        Assert.That((command.IgnoreOtherAmount, processing.IgnoreOtherAmount), Is.EqualTo(("The authorization was incremented. The amount is recorded when it is captured.", (string?)null)));
    }

    [Test]
    public void Map_Refund_IsLookedUpByIntentThenChargeThenMetadata() => Assert.That(
        ((ProviderCommands)Map(Event("refund.created", "payment_intent=pi_1"))).Commands.Single().Payment,
        Is.EqualTo((PaymentLookup[])
        [
            new PaymentLookup.ByReference(PaymentType.PayIn, "pi_1"), new PaymentLookup.ByReference(PaymentType.PayIn, "ch_1"), new PaymentLookup.ByMetadata(PaymentType.PayIn, "stripe.charge", "ch_1"),
        ]));

    [Test]
    public void Map_CapturedWithoutAmountCaptured_UsesAmountIfNothingWasReleased()
    {
        var full = Event("charge.captured", "amount_refunded=0").Replace("\"amount_captured\":1003,", "", StringComparison.Ordinal);
        var partial = Event("charge.captured", "amount_refunded=400").Replace("\"amount_captured\":1003,", "", StringComparison.Ordinal);
        Assert.Multiple(() =>
        {
            Assert.That(Create(Map(full)).Amount, Is.EqualTo("1001"));
            Assert.That(Map(partial), Is.InstanceOf<ProviderFailed>());
        });
    }

    [Test]
    public void Map_RefundsOfCharge_CountOnlyIfTheySucceeded()
    {
        var refunds = string.Join(',', ((string[])["succeeded", "failed", "pending"]).Select((status, i) => Refund(status, 100, 1, $"re_{i}")));
        var outcome = Map(StripeTest.Event("charge.refunded", 9, Charge("succeeded", refunds: $$""","refunds":{"data":[{{refunds}}]}""")));
        Assert.That(((ProviderCommands)outcome).Commands.Select(command => ((AdjustPaymentCommand)command.Command).Reference), Is.EqualTo((string[])["re_0"]));
    }

    [TestCase("visa", "visa")]
    [TestCase("mastercard", "mastercard")]
    [TestCase("amex", "amex")]
    [TestCase("American Express", "amex")]
    [TestCase("Diners Club", "diners")]
    [TestCase("unionpay", "unionpay")]
    [TestCase("cartes_bancaires", "other")]
    [TestCase("unknown", "unknown")]
    public void Map_Charge_HasSchemeOfItsBrand(string brand, string scheme)
    {
        var current = Create(Map(StripeTest.Event("charge.succeeded", 1, Charge("succeeded", intent: null, brand: brand))));
        var old = Create(Map(StripeTest.Event("charge.succeeded", 1, Object("charge", "ch_1", "succeeded", more: $$""","source":{"object":"card","brand":"{{brand}}"}"""))));
        Assert.That((current.Scheme, old.Scheme), Is.EqualTo((scheme, scheme)));
    }

    [TestCase("sepa_debit", "sepa debit")]
    [TestCase("us_bank_account", "ach debit")]
    [TestCase("alipay", "alipay")]
    [TestCase("klarna", "other")]
    public void Map_ChargeWithoutCard_HasSchemeOfItsMethod(string method, string scheme) => Assert.That(
        Create(Map(StripeTest.Event("charge.pending", 1, Object("charge", "py_1", "pending", more: $$""","payment_method_details":{"type":"{{method}}","{{method}}":{} }""")))).Scheme, Is.EqualTo(scheme));

    [TestCase("payment_intent.succeeded", "amount_received=-1", "amount_received must be a whole number of minor units")]
    [TestCase("payment_intent.succeeded", "amount_received=1.5", "amount_received must be a whole number of minor units")]
    [TestCase("payment_intent.succeeded", "currency=dollars", "currency must be a code of three letters")]
    [TestCase("payment_intent.processing", "created=-5", "created must be a time in seconds since 1970")]
    [TestCase("payment_intent.processing", "created=99999999999999", "created must be a time in seconds since 1970")]
    [TestCase("refund.created", "status=new", "status of a refund must be succeeded, failed, pending, requires_action or canceled")]
    [TestCase("charge.dispute.closed", "status=new", "status must be won, lost, warning_closed or prevented")]
    [TestCase("payout.updated", "status=new", "status must be pending, in_transit, paid, failed or canceled")]
    [TestCase("transfer.reversed", "", "reversals.data must list the reversals")]
    [TestCase("charge.captured", "id=", "id must be a text that is not empty")]
    public void Map_UnusableMember_FailsNamingIt(string kind, string members, string reason) =>
        Assert.That((Map(Event(kind, members)) as ProviderFailed)?.Reason, Does.StartWith(reason));

    private static CreatePaymentCommand Create(ProviderOutcome outcome) => (CreatePaymentCommand)((ProviderCommands)outcome).Commands.Single().Command;

    private static string Time(int seconds) => $"1970-01-01T00:00:{seconds}Z";

    private static string Event(string kind, string members)
    {
        var id = kind.Split('.')[0] switch
        {
            "payment_intent" => "pi_1",
            "refund" => "re_1",
            "payout" => "po_1",
            "transfer" => "tr_1",
            "topup" => "tu_1",
            _ => kind.Contains("refund.", StringComparison.Ordinal) ? "re_1" : kind.Contains("dispute", StringComparison.Ordinal) ? "dp_1" : "ch_1",
        };
        var item = """{"id":"ID","amount":1004,"created":30,"currency":"usd","charge":"ch_1","status":"succeeded"}""";
        var target = JsonNode.Parse($$$"""
            {"id":"{{{id}}}","amount":1001,"amount_received":1002,"amount_captured":1003,"amount_refunded":888,"captured":true,"charge":"ch_1","created":10,"currency":"usd","status":"succeeded","metadata":{"order":"7"}}
            """)!;
        if (kind == "charge.refunded")
        {
            target["amount_captured"] = 1001;
        }

        foreach (var (name, value) in members.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(member => (member.Split('=')[0], member.Split('=')[1])))
        {
            var path = name.Split('.');
            if (path.Length == 2)
            {
                target[path[0]] = new JsonObject { [path[1]] = new JsonArray(JsonNode.Parse(item.Replace("ID", value, StringComparison.Ordinal))) };
            }
            else
            {
                target[name] = value is "true" or "false" || decimal.TryParse(value, CultureInfo.InvariantCulture, out _) ? JsonNode.Parse(value) : value;
            }
        }

        return $$"""{"id":"evt_1","created":20,"livemode":true,"type":"{{kind}}","data":{"object":{{target.ToJsonString()}} } }""";
    }
}
