using Payments.Providers.Tests.Stories;
using static Payments.Providers.Tests.Stripe.StripeTest;

namespace Payments.Providers.Tests.Stripe;

public sealed class StripeStoryTests
{
    private const string Charged = "stripe.charge=ch_1";

    private static readonly string Paid = Event("payment_intent.succeeded", 5, Intent("succeeded", received: 1000));
    private static readonly string PaidCharge = Event("charge.succeeded", 5, Charge("succeeded", created: 4));

    internal static IEnumerable<Story> Stories =>
    [
        new(
            "paid, with events of unknown kinds in between",
            [Event("payment_intent.created", 0, Intent("requires_payment_method")), Event("payment_intent.processing", 1, Intent("processing")), Paid, PaidCharge, Event("charge.updated", 6, Charge("succeeded"))],
            $"pi_1 PAY-IN SUCCEEDED 1000 1000 USD/2 visa @0 {Charged}"),
        new(
            "authorized and captured in part",
            [
                Event("payment_intent.amount_capturable_updated", 2, Intent("requires_capture")), Event("charge.succeeded", 2, Charge("succeeded", captured: false)),
                Event("payment_intent.succeeded", 9, Intent("succeeded", received: 600)), Event("charge.captured", 9, Charge("succeeded", amountCaptured: 600)),
                Event("refund.created", 9, Refund("succeeded", 400, 9, more: ",\"reason\":\"partial_capture\"")),
            ],
            $"pi_1 PAY-IN SUCCEEDED 1000 600 USD/2 visa @0 {Charged}"),
        new(
            "declined with one card, then paid with another",
            [
                Event("charge.failed", 2, Charge("failed", id: "ch_0", brand: "mastercard")), Event("payment_intent.payment_failed", 2, Intent("requires_payment_method")), Paid, PaidCharge,
            ],
            $"pi_1 PAY-IN SUCCEEDED 1000 1000 USD/2 visa @2 {Charged}"),
        new(
            "refunded in two parts, reported by refunds and by charges of an older API version",
            [
                Paid, PaidCharge,
                Event("refund.created", 10, Refund("succeeded", 300, 10, "re_1")), Event("refund.created", 20, Refund("succeeded", 200, 20, "re_2")),
                Event("charge.refunded", 10, Charge("succeeded", refunds: $$""","refunds":{"data":[{{Refund("succeeded", 300, 10, "re_1")}}]}""")),
                Event("charge.refunded", 20, Charge("succeeded", refunds: $$""","refunds":{"data":[{{Refund("succeeded", 200, 20, "re_2")}},{{Refund("succeeded", 300, 10, "re_1")}}]}""")),
            ],
            $"pi_1 PAY-IN REFUNDED 1000 500 USD/2 visa @5 {Charged}"),
        new(
            "refund pending, succeeded, then failed",
            [
                Paid, Event("refund.created", 10, Refund("pending", 1000, 10)), Event("refund.updated", 11, Refund("succeeded", 1000, 10)), Event("refund.updated", 30, Refund("failed", 1000, 10)),
                Event("refund.failed", 30, Refund("failed", 1000, 10)), Event("charge.refund.updated", 30, Refund("failed", 1000, 10)),
            ],
            "pi_1 PAY-IN REFUNDED_FAILURE 1000 1000 USD/2 unknown @5"),
        new(
            "refunded again after the first refund failed",
            [
                Paid, Event("refund.created", 10, Refund("succeeded", 1000, 10)), Event("refund.failed", 30, Refund("failed", 1000, 10)), Event("refund.created", 40, Refund("succeeded", 1000, 40, "re_2")),
            ],
            "pi_1 PAY-IN REFUNDED 1000 0 USD/2 unknown @5"),
        new(
            "inquiry, then disputed and won",
            [
                Paid, Event("charge.dispute.created", 10, Dispute("warning_needs_response", 10, 400)), Event("charge.dispute.updated", 12, Dispute("needs_response", 10, 400)),
                Event("charge.dispute.funds_withdrawn", 12, Dispute("needs_response", 10, 400)), Event("charge.dispute.closed", 50, Dispute("won", 10, 400)),
                Event("charge.dispute.funds_reinstated", 51, Dispute("won", 10, 400)),
            ],
            "pi_1 PAY-IN DISPUTE_WON 1000 1000 USD/2 unknown @5"),
        new(
            "disputed and lost",
            [Paid, Event("charge.dispute.created", 10, Dispute("needs_response", 10)), Event("charge.dispute.updated", 20, Dispute("under_review", 10)), Event("charge.dispute.closed", 50, Dispute("lost", 10))],
            "pi_1 PAY-IN DISPUTE_LOST 1000 1000 USD/2 unknown @5"),
        new(
            "inquiry that closes without a dispute",
            [Paid, Event("charge.dispute.created", 10, Dispute("warning_needs_response", 10)), Event("charge.dispute.closed", 50, Dispute("warning_closed", 10))],
            "pi_1 PAY-IN SUCCEEDED 1000 1000 USD/2 unknown @5"),
        new(
            "refunded in part, then disputed about the rest, by events that name only the charge",
            [
                Paid, PaidCharge, Event("charge.refund.updated", 10, Refund("succeeded", 300, 10, intent: null)), Event("charge.dispute.created", 20, Dispute("needs_response", 20, 700, intent: null)),
                Event("charge.dispute.closed", 50, Dispute("lost", 20, 700, intent: null)),
            ],
            $"pi_1 PAY-IN DISPUTE_LOST 1000 700 USD/2 visa @5 {Charged}"),
        new(
            "payout paid, then failed",
            [
                Event("payout.created", 0, Object("payout", "po_1", "pending")), Event("payout.updated", 1, Object("payout", "po_1", "in_transit")),
                Event("payout.paid", 5, Object("payout", "po_1", "paid")), Event("payout.failed", 9, Object("payout", "po_1", "failed")),
            ],
            "po_1 PAYOUT FAILED 1000 1000 USD/2 unknown @0"),
        new(
            "canceled",
            [Event("payment_intent.amount_capturable_updated", 2, Intent("requires_capture")), Event("payment_intent.canceled", 8, Intent("canceled")), Event("charge.refunded", 8, Charge("succeeded", captured: false))],
            "pi_1 PAY-IN CANCELLED 1000 1000 USD/2 unknown @0"),
        new(
            "charge without an intent, captured later and refunded",
            [
                Event("charge.succeeded", 1, Charge("succeeded", intent: null, captured: false, created: 1)), Event("charge.captured", 4, Charge("succeeded", intent: null, created: 1)),
                Event("refund.created", 10, Refund("succeeded", 250, 10, intent: null)),
            ],
            "ch_1 PAY-IN REFUNDED 1000 750 USD/2 visa @1"),
        new(
            "transfer reversed in two parts, and a top-up reversed",
            [
                Event("transfer.created", 1, Object("transfer", "tr_1", "", created: 1)),
                Event("transfer.reversed", 5, Object("transfer", "tr_1", "", created: 1, more: $$""","amount_reversed":400,"reversals":{"data":[{{Object("transfer_reversal", "trr_1", "", 400, 5)}}]}""")),
                Event("transfer.reversed", 9, Object("transfer", "tr_1", "", created: 1, more: $$""","amount_reversed":700,"reversals":{"data":[{{Object("transfer_reversal", "trr_2", "", 300, 9)}},{{Object("transfer_reversal", "trr_1", "", 400, 5)}}]}""")),
                Event("topup.created", 1, Object("topup", "tu_1", "pending", created: 1)), Event("topup.succeeded", 2, Object("topup", "tu_1", "succeeded", created: 1)),
                Event("topup.reversed", 7, Object("topup", "tu_1", "reversed", created: 1)),
            ],
            "tr_1 TRANSFER REFUNDED 1000 300 USD/2 unknown @1",
            "tu_1 PAY-IN REFUNDED 1000 0 USD/2 unknown @1"),
        new(
            "two payments in test mode of a connected account",
            [
                Event("payment_intent.succeeded", 5, Intent("succeeded", received: 500, amount: 500, currency: "jpy"), more: ",\"account\":\"acct_1\"").Replace("\"livemode\":true", "\"livemode\":false", StringComparison.Ordinal),
                Event("payment_intent.succeeded", 6, Intent("succeeded", received: 12340, amount: 12340, id: "pi_2", currency: "kwd")),
            ],
            "pi_1 PAY-IN SUCCEEDED 500 500 JPY/0 unknown @5 stripe.account=acct_1 stripe.livemode=false",
            "pi_2 PAY-IN SUCCEEDED 12340 12340 KWD/3 unknown @6"),
    ];

    // The events do not contain the original amount, so initialAmount is that of the first one.
    [TestCase(0, 1, 2)]
    [TestCase(0, 2, 1)]
    [TestCase(1, 0, 2)]
    [TestCase(1, 2, 0)]
    [TestCase(2, 0, 1)]
    [TestCase(2, 1, 0)]
    public async Task Events_IncrementedAuthorization_EndWithTheCapturedAmount(params int[] order)
    {
        string[] events =
        [
            Event("payment_intent.amount_capturable_updated", 2, Intent("requires_capture")), Event("payment_intent.amount_capturable_updated", 4, Intent("requires_capture", amount: 1500)),
            Event("payment_intent.succeeded", 9, Intent("succeeded", amount: 1500, received: 1400)),
        ];
        var inbox = new MemoryInbox(StripeTest.Connector, StripeTest.Webhooks, Settings);
        foreach (var i in order)
        {
            await inbox.DeliverAsync(Sign(events[i]));
        }

        var initialAmount = Array.IndexOf(order, 0) < Array.IndexOf(order, 1) ? 1000 : 1500;
        Assert.That(inbox.Payments.Select(payment => payment.Trim()), Is.EqualTo((string[])[$"pi_1 PAY-IN SUCCEEDED {initialAmount} 1400 USD/2 unknown @0"]));
        Assert.That(inbox.Open, Is.Empty);
    }

    [TestCaseSource(nameof(Stories))]
    public Task Events_InEveryOrder_EndInOneState(Story story) => story.PlayAsync(() => new(StripeTest.Connector, StripeTest.Webhooks, Settings), body => Sign(body));
}
