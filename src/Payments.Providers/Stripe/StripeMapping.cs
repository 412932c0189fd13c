using System.Collections.Frozen;
using Payments.Providers.Values;
using static Payments.Domain.Payments.PaymentStatus;
using static Payments.Domain.Payments.PaymentType;

namespace Payments.Providers.Stripe;

/// <summary>What each kind of event becomes. docs/providers.md shows it as a table, which a test compares with this one.</summary>
internal static class StripeMapping
{
    // Refunds of these reasons release an authorization. The payment's own events report the captured amount.
    private static readonly string[] Releases = ["expired_uncaptured_charge", "partial_capture"];

    private static ProviderIgnored OfIntent { get; } = new("The events of the payment intent report this payment.");

    private static readonly FrozenDictionary<string, Func<StripeEvent, ProviderOutcome>> Kinds = new Dictionary<string, Func<StripeEvent, ProviderOutcome>>
    {
        ["payment_intent.processing"] = e => e.Report(PayIn, Pending, e.Created),
        ["payment_intent.amount_capturable_updated"] = e => e.Object.Text("status") == "requires_capture"
            ? e.Report(PayIn, Pending, e.Created, ignoreOtherAmount: "The authorization was incremented. The amount is recorded when it is captured.")
            : Status(e, "status"),
        ["payment_intent.succeeded"] = e => e.Report(PayIn, Succeeded, e.Time, "amount_received"),
        ["payment_intent.payment_failed"] = e => e.Report(PayIn, Failed, e.Time),
        ["payment_intent.canceled"] = e => e.Report(PayIn, Cancelled, e.Time),

        ["charge.succeeded"] = e => HasIntent(e)
            ? e.Object.Text("status") == "succeeded" ? FillIntent(e) : Status(e, "status")
            : e.Report(PayIn, e.Object.Member("captured").ValueKind == JsonValueKind.False ? Pending : Succeeded, e.Created, scheme: StripeScheme.Of(e.Object)),
        ["charge.pending"] = e => HasIntent(e) ? OfIntent : e.Report(PayIn, Pending, e.Created, scheme: StripeScheme.Of(e.Object)),
        ["charge.failed"] = e => HasIntent(e) ? OfIntent : e.Report(PayIn, Failed, e.Time),
        ["charge.captured"] = e => HasIntent(e) ? OfIntent : e.Report(PayIn, Succeeded, e.Time, CapturedAmount(e.Object), StripeScheme.Of(e.Object)),
        ["charge.expired"] = e => HasIntent(e) ? OfIntent : e.Report(PayIn, Expired, e.Time),
        ["charge.refunded"] = MapRefunds,

        ["refund.created"] = MapRefund,
        ["refund.updated"] = MapRefund,
        ["refund.failed"] = MapRefund,
        ["charge.refund.updated"] = MapRefund,

        ["charge.dispute.created"] = MapDispute,
        ["charge.dispute.updated"] = MapDispute,
        ["charge.dispute.funds_withdrawn"] = MapDispute,
        ["charge.dispute.funds_reinstated"] = e => Adjust(e, DisputeWon, e.Time),
        ["charge.dispute.closed"] = e => e.Object.Text("status") switch
        {
            "won" => Adjust(e, DisputeWon, e.Time),
            "lost" => Adjust(e, DisputeLost, e.Time),
            "warning_closed" or "prevented" => Status(e, "status"),
            _ => throw new UnusableValueException("status must be won, lost, warning_closed or prevented"),
        },

        ["payout.created"] = MapPayout,
        ["payout.updated"] = MapPayout,
        ["payout.paid"] = e => e.Report(Payout, Succeeded, e.Time),
        ["payout.failed"] = e => e.Report(Payout, Failed, e.Time),
        ["payout.canceled"] = e => e.Report(Payout, Cancelled, e.Time),

        ["transfer.created"] = e => e.Object.Text("type") is "bank_account" or "card"
            ? new ProviderIgnored("Before the API version 2017-04-06, this transfer is a payout to a bank account.")
            : e.Report(Transfer, Succeeded, e.Created),
        ["transfer.reversed"] = MapReversals,

        ["topup.created"] = e => e.Report(PayIn, Pending, e.Created),
        ["topup.succeeded"] = e => e.Report(PayIn, Succeeded, e.Time),
        ["topup.failed"] = e => e.Report(PayIn, Failed, e.Time),
        ["topup.canceled"] = e => e.Report(PayIn, Cancelled, e.Time),
        ["topup.reversed"] = e => e.Report(PayIn, Refunded, e.Time),
    }.ToFrozenDictionary();

    /// <summary>The kinds of events that have a mapping.</summary>
    public static IEnumerable<string> MappedKinds => Kinds.Keys;

    public static ProviderOutcome Map(StripeEvent e) =>
        Kinds.TryGetValue(e.Kind, out var map) ? map(e) : new ProviderIgnored("Events of this kind change no payment.");

    private static bool HasIntent(StripeEvent e) => StripeEvent.Id(e.Object, "payment_intent") is not null;

    // A declined charge must not bind the scheme, because a later charge of the same intent can be of another one.
    private static ProviderCommands FillIntent(StripeEvent e)
    {
        var charge = e.Object.RequiredText("id");
        var metadata = e.Metadata;
        metadata[StripeEvent.ChargeKey] = charge;
        return new([new(
            new FillPaymentDetailsCommand(null!, StripeScheme.Of(e.Object), metadata),
            [new PaymentLookup.ByReference(PayIn, StripeEvent.Id(e.Object, "payment_intent")!)])]);
    }

    // API versions before 2020 do not have amount_captured. A partial capture appears there as a refund.
    private static string CapturedAmount(JsonElement charge) =>
        charge.Member("amount_captured").ValueKind == JsonValueKind.Undefined && charge.RequiredAmount("amount_refunded") == "0" ? "amount" : "amount_captured";

    // amount_refunded is cumulative, so it is never used. Each refund counts by its own id.
    private static ProviderOutcome MapRefunds(StripeEvent e)
    {
        var charge = e.Object;
        if (charge.Member("captured").ValueKind == JsonValueKind.False)
        {
            return new ProviderIgnored("The charge was not captured. Its authorization was released.");
        }

        if (charge.Member("amount_captured").ValueKind == JsonValueKind.Number && charge.RequiredAmount("amount_captured") != charge.RequiredAmount("amount"))
        {
            return new ProviderIgnored("The charge was captured in part, so its list of refunds can contain the released rest. The events of each refund report it.");
        }

        ProviderCommand[] commands = [.. charge.Items("refunds.data").Where(refund => refund.Text("status") == "succeeded").Select(refund => FromRefund(e, refund)).OfType<ProviderCommand>()];
        return commands.Length > 0 ? new ProviderCommands(commands) : new ProviderIgnored("The event lists no refund that succeeded. The events of each refund report it.");
    }

    private static ProviderOutcome MapRefund(StripeEvent e) =>
        FromRefund(e, e.Object) is { } command ? new ProviderCommands([command])
        : e.Object.Text("reason") is { } reason && Releases.Contains(reason) ? Status(e, "reason")
        : Status(e, "status");

    private static ProviderCommand? FromRefund(StripeEvent e, JsonElement refund) => (e.Kind == "refund.failed" ? "failed" : refund.Text("status")) switch
    {
        _ when refund.Text("reason") is { } reason && Releases.Contains(reason) => null,
        "succeeded" => e.Adjust(refund, Refunded, refund.RequiredTime("created")),
        "failed" => e.Adjust(refund, RefundedFailure, e.Time),
        "pending" or "requires_action" or "canceled" => null,
        _ => throw new UnusableValueException("status of a refund must be succeeded, failed, pending, requires_action or canceled"),
    };

    private static ProviderOutcome MapDispute(StripeEvent e) => e.Object.RequiredText("status") is { } status && (status.StartsWith("warning_", StringComparison.Ordinal) || status == "prevented")
        ? new ProviderIgnored($"The status is {status}: not a chargeback, so no money moved.")
        : Adjust(e, Dispute, e.Created);

    private static ProviderOutcome MapPayout(StripeEvent e) => e.Object.Text("status") switch
    {
        "pending" or "in_transit" => e.Report(Payout, Pending, e.Created),
        "paid" => e.Report(Payout, Succeeded, e.Time),
        "failed" => e.Report(Payout, Failed, e.Time),
        "canceled" => e.Report(Payout, Cancelled, e.Time),
        _ => throw new UnusableValueException("status must be pending, in_transit, paid, failed or canceled"),
    };

    // amount_reversed is cumulative too.
    private static ProviderCommands MapReversals(StripeEvent e)
    {
        IReadOnlyList<PaymentLookup> transfer = [new PaymentLookup.ByReference(Transfer, e.Object.RequiredText("id"))];
        var asset = StripeAmounts.Decimals.Asset(e.Object.RequiredText("currency"));
        ProviderCommand[] commands = [.. e.Object.Items("reversals.data").Select(
            reversal => new ProviderCommand(StripeEvent.Adjustment(reversal, Refunded, reversal.RequiredTime("created")), transfer) { Asset = asset })];
        return commands.Length > 0 ? new(commands) : throw new UnusableValueException("reversals.data must list the reversals");
    }

    private static ProviderCommands Adjust(StripeEvent e, PaymentStatus status, string createdAt) => new([e.Adjust(e.Object, status, createdAt)]);

    private static ProviderIgnored Status(StripeEvent e, string member) =>
        new($"The {member} is {(e.Object.Text(member) is { Length: < 100 } value ? value : "not known")}, which changes no payment.");
}
