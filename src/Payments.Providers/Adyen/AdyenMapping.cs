using System.Collections.Frozen;
using Payments.Providers.Values;
using static Payments.Domain.Payments.PaymentStatus;
using static Payments.Domain.Payments.PaymentType;

namespace Payments.Providers.Adyen;

/// <summary>What each event code becomes. docs/providers.md shows it as a table, which a test compares with this one.</summary>
internal static class AdyenMapping
{
    private static ProviderIgnored NotSuccessful { get; } = new("The event reports that the request was not successful, which changes no payment.");

    private static readonly FrozenDictionary<string, Func<AdyenItem, ProviderOutcome>> Kinds = new Dictionary<string, Func<AdyenItem, ProviderOutcome>>
    {
        ["AUTHORISATION"] = e => e.Report(PayIn, !e.IsSuccess ? Failed : e.Settings.IsCaptureManual ? Pending : Succeeded, e.PspReference),
        ["CAPTURE"] = e => IfSuccess(e, Succeeded),
        ["CAPTURE_FAILED"] = e => IfSuccess(e, Failed),
        ["CANCELLATION"] = e => IfSuccess(e, Cancelled, isOwn: true),
        ["TECHNICAL_CANCEL"] = e => IfSuccess(e, Cancelled, isOwn: true),
        ["EXPIRE"] = e => IfSuccess(e, Expired, isOwn: true),
        ["OFFER_CLOSED"] = e => IfSuccess(e, Expired, isOwn: true),
        // The action is not covered by the signature, but basic authentication covers the whole request.
        ["CANCEL_OR_REFUND"] = e => !e.IsSuccess ? NotSuccessful : e.Item.Member("additionalData").TextOf("modification.action") switch
        {
            "cancel" => e.Adjust(Cancelled, isOwn: true),
            "refund" => e.Adjust(Refunded),
            _ => throw new UnusableValueException("additionalData.modification.action must be cancel or refund"),
        },
        ["REFUND"] = e => e.Adjust(e.IsSuccess ? Refunded : RefundedFailure),
        ["REFUND_WITH_DATA"] = e => IfSuccess(e, Refunded),
        ["REFUND_FAILED"] = e => IfSuccess(e, RefundedFailure),
        ["REFUNDED_REVERSED"] = e => IfSuccess(e, RefundedFailure),
        ["CHARGEBACK"] = e => IfSuccess(e, Dispute),
        ["CHARGEBACK_REVERSED"] = e => IfSuccess(e, DisputeWon),
        ["PREARBITRATION_WON"] = e => IfSuccess(e, DisputeWon),
        ["SCHEME_ARBITRATION_WON"] = e => IfSuccess(e, DisputeWon),
        ["SECOND_CHARGEBACK"] = e => IfSuccess(e, DisputeLost),
        ["PREARBITRATION_LOST"] = e => IfSuccess(e, DisputeLost),
        ["SCHEME_ARBITRATION_LOST"] = e => IfSuccess(e, DisputeLost),
        ["PAYOUT_THIRDPARTY"] = e => e.IsSuccess ? e.Report(Payout, Succeeded, e.PspReference) : NotSuccessful,
        ["PAYOUT_DECLINE"] = e => e.IsSuccess ? e.Report(Payout, Failed, e.PaymentReference) : NotSuccessful,
        ["PAYOUT_EXPIRE"] = e => e.IsSuccess ? e.Report(Payout, Expired, e.PaymentReference) : NotSuccessful,
        ["PAIDOUT_REVERSED"] = e => e.IsSuccess ? e.Report(Payout, Failed, e.PaymentReference) : NotSuccessful,
        ["REPORT_AVAILABLE"] = e => new ProviderIgnored(e.Item.Text("reason") ?? "The event has no URL of a report."),
    }.ToFrozenDictionary();

    /// <summary>The event codes that have a mapping.</summary>
    public static IEnumerable<string> MappedKinds => Kinds.Keys;

    public static ProviderOutcome Map(AdyenItem e) =>
        Kinds.TryGetValue(e.Kind, out var map) ? map(e) : new ProviderIgnored("Events of this kind change no payment.");

    private static ProviderOutcome IfSuccess(AdyenItem e, PaymentStatus status, bool isOwn = false) => e.IsSuccess ? e.Adjust(status, isOwn) : NotSuccessful;
}
