using Payments.Providers.Adyen;
using Payments.Providers.Tests.Stories;
using static Payments.Providers.Tests.Adyen.AdyenTest;

namespace Payments.Providers.Tests.Adyen;

public sealed class AdyenStoryTests
{
    private const string Order = "adyen.merchantReference=order-7";

    private static readonly string Authorised = Item("AUTHORISATION", "P1", 0);
    private static readonly string Captured = Item("CAPTURE", "C1", 60, original: "P1");

    internal static IEnumerable<Story> AutomaticStories =>
    [
        new(
            "paid, with events of unknown kinds in between",
            [Authorised, Item("RECURRING_CONTRACT", "X1", 1, original: "P1"), Item("NOTIFICATION_OF_FRAUD", "X2", 9, original: "P1"), Item("SOMETHING_NEW", "X3", 10, original: "P1")],
            $"P1 PAY-IN SUCCEEDED 1000 1000 EUR/2 visa @0 {Order}"),
        new(
            "declined, then paid with another card by a second authorization",
            [Item("AUTHORISATION", "P0", 0, success: false, method: "mc"), Item("AUTHORISATION", "P1", 30), Item("REFUND", "R1", 90, 400, "P1")],
            $"P0 PAY-IN FAILED 1000 1000 EUR/2 mastercard @0 {Order}",
            $"P1 PAY-IN REFUNDED 1000 600 EUR/2 visa @30 {Order}"),
        new(
            "failed, then paid late under the same reference",
            [Item("AUTHORISATION", "P1", 0, success: false), Item("AUTHORISATION", "P1", 900), Item("REPORT_AVAILABLE", "settlement.csv", 950, merchantReference: "")],
            $"P1 PAY-IN SUCCEEDED 1000 1000 EUR/2 visa @0 {Order}"),
        new(
            "refunded in two parts",
            [Authorised, Item("REFUND", "R1", 90, 300, "P1"), Item("REFUND_WITH_DATA", "R2", 95, 200, "P1"), Item("POSTPONED_REFUND", "R3", 96, 200, "P1")],
            $"P1 PAY-IN REFUNDED 1000 500 EUR/2 visa @0 {Order}"),
        new(
            "refunded, and the refund failed",
            [Authorised, Item("REFUND", "R1", 90, 1000, "P1"), Item("REFUND_FAILED", "R1", 99, 1000, "P1"), Item("REFUND", "R2", 120, 1000, "P1"), Item("REFUNDED_REVERSED", "R2", 150, 1000, "P1")],
            $"P1 PAY-IN REFUNDED_FAILURE 1000 1000 EUR/2 visa @0 {Order}"),
        new(
            "refund not possible",
            [Authorised, Item("REFUND", "R1", 90, 1000, "P1", success: false)],
            $"P1 PAY-IN REFUNDED_FAILURE 1000 1000 EUR/2 visa @0 {Order}"),
        new(
            "disputed and won, by events without the payment's reference",
            [
                Authorised, Item("REQUEST_FOR_INFORMATION", "D1", 80, original: "P1"), Item("NOTIFICATION_OF_CHARGEBACK", "D1", 90, original: "P1"), Item("CHARGEBACK", "D1", 100, 400, "P1"),
                Item("CHARGEBACK_REVERSED", "D1", 200, 400), Item("PREARBITRATION_WON", "D1", 300, 400),
            ],
            $"P1 PAY-IN DISPUTE_WON 1000 1000 EUR/2 visa @0 {Order}"),
        new(
            "disputed, defended, and lost in the second chargeback",
            [Authorised, Item("CHARGEBACK", "D1", 100, 1000, "P1"), Item("CHARGEBACK_REVERSED", "D1", 200), Item("SECOND_CHARGEBACK", "D1", 300), Item("SCHEME_ARBITRATION_LOST", "D1", 400)],
            $"P1 PAY-IN DISPUTE_LOST 1000 1000 EUR/2 visa @0 {Order}"),
        new(
            "refunded in part, then disputed",
            [Authorised, Item("REFUND", "R1", 90, 300, "P1"), Item("CHARGEBACK", "D1", 100, 700, "P1"), Item("PREARBITRATION_LOST", "D1", 200, 700)],
            $"P1 PAY-IN DISPUTE_LOST 1000 700 EUR/2 visa @0 {Order}"),
        new(
            "payout paid, then returned, and a declined and an expired one",
            [
                Item("PAYOUT_THIRDPARTY", "O1", 0), Item("PAIDOUT_REVERSED", "X1", 80, original: "O1", method: null), Item("PAYOUT_DECLINE", "X2", 20, original: "O2", method: "bankTransfer_IBAN"),
                Item("PAYOUT_EXPIRE", "X3", 30, original: "O3"),
            ],
            $"O1 PAYOUT FAILED 1000 1000 EUR/2 visa @0 {Order}",
            $"O2 PAYOUT FAILED 1000 1000 EUR/2 unknown @20 {Order}",
            $"O3 PAYOUT EXPIRED 1000 1000 EUR/2 unknown @30 {Order}"),
        new(
            "canceled or refunded, as Adyen decides",
            [Authorised, Item("CANCEL_OR_REFUND", "R1", 50, original: "P1", action: "refund"), Item("AUTHORISATION", "P2", 0), Item("CANCEL_OR_REFUND", "R2", 50, original: "P2", action: "cancel")],
            $"P1 PAY-IN REFUNDED 1000 0 EUR/2 visa @0 {Order}",
            $"P2 PAY-IN CANCELLED 1000 1000 EUR/2 visa @0 {Order}"),
        new(
            "decimals that differ from ISO 4217",
            [Item("AUTHORISATION", "P1", 0, currency: "CLP"), Item("AUTHORISATION", "P2", 0, currency: "IDR"), Item("AUTHORISATION", "P3", 0, currency: "MRO"), Item("REFUND", "R1", 9, 10, "P1", currency: "CLP")],
            $"P1 PAY-IN REFUNDED 1000 990 CLP/2 visa @0 {Order}",
            $"P2 PAY-IN SUCCEEDED 1000 1000 IDR/0 visa @0 {Order}",
            $"P3 PAY-IN SUCCEEDED 1000 1000 MRO/1 visa @0 {Order}"),
    ];

    internal static IEnumerable<Story> ManualStories =>
    [
        new(
            "authorized and captured in part, the rest canceled",
            [Authorised, Item("AUTHORISATION_ADJUSTMENT", "X1", 5, original: "P1"), Item("CAPTURE", "C1", 60, 600, "P1"), Item("CANCELLATION", "X2", 70, original: "P1")],
            $"P1 PAY-IN SUCCEEDED 1000 600 EUR/2 visa @0 {Order}"),
        new(
            "captured in two parts, of which one fails, refunded",
            [Authorised, Item("CAPTURE", "C1", 60, 600, "P1"), Item("CAPTURE", "C2", 61, 400, "P1"), Item("CAPTURE_FAILED", "C2", 90, 400, "P1"), Item("REFUND", "R1", 99, 100, "P1")],
            $"P1 PAY-IN REFUNDED 1000 500 EUR/2 visa @0 {Order}"),
        new(
            "capture fails and is repeated under the same reference",
            [Authorised, Captured, Item("CAPTURE_FAILED", "C1", 90, original: "P1"), Item("CAPTURE", "C1", 120, original: "P1")],
            $"P1 PAY-IN SUCCEEDED 1000 1000 EUR/2 visa @0 {Order}"),
        new(
            "capture that is not accepted",
            [Authorised, Item("CAPTURE", "C1", 60, original: "P1", success: false), Item("CANCELLATION", "X1", 70, original: "P1", success: false)],
            $"P1 PAY-IN PENDING 1000 1000 EUR/2 visa @0 {Order}"),
        new(
            "expired, by an event that repeats the payment's reference",
            [Authorised, Item("EXPIRE", "P1", 700)],
            $"P1 PAY-IN EXPIRED 1000 1000 EUR/2 visa @0 {Order}"),
        new(
            "canceled technically, and an offer that closes",
            [Authorised, Item("TECHNICAL_CANCEL", "X1", 9, original: "P1"), Item("AUTHORISATION", "P2", 0), Item("OFFER_CLOSED", "P2", 9)],
            $"P1 PAY-IN CANCELLED 1000 1000 EUR/2 visa @0 {Order}",
            $"P2 PAY-IN EXPIRED 1000 1000 EUR/2 visa @0 {Order}"),
        new(
            "captured, and disputed under the reference of the capture",
            [Authorised, Captured, Item("CHARGEBACK", "D1", 100, original: "C1"), Item("SCHEME_ARBITRATION_WON", "D1", 200)],
            $"P1 PAY-IN DISPUTE_WON 1000 1000 EUR/2 visa @0 {Order}"),
    ];

    [TestCaseSource(nameof(AutomaticStories))]
    public Task AutomaticCapture_EventsInEveryOrder_EndInOneState(Story story) => PlayAsync(story, Automatic);

    [TestCaseSource(nameof(ManualStories))]
    public Task ManualCapture_EventsInEveryOrder_EndInOneState(Story story) => PlayAsync(story, Manual);

    private static Task PlayAsync(Story story, AdyenSettings settings) =>
        story.PlayAsync(() => new(AdyenTest.Connector, AdyenTest.Webhooks, settings), item => Request(Batch(item)));
}
