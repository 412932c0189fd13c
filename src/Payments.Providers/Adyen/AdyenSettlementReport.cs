using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Payments.Providers.Reports;
using Payments.Providers.Values;

namespace Payments.Providers.Adyen;

/// <summary>Adyen's settlement details report (docs.adyen.com/reporting/settlement-reconciliation/transaction-level/settlement-details-report).</summary>
internal sealed class AdyenSettlementReport() : ProviderReport(
    "adyen-settlement", "adyen",
    "Psp Reference", "Creation Date", "TimeZone", "Type", "Modification Reference", "Gross Currency", "Gross Debit (GC)", "Gross Credit (GC)")
{
    // The abbreviations of Adyen's time zone setting. Others are ambiguous: IST is India, Ireland and Israel.
    private static readonly FrozenDictionary<string, int> Hours = new (string Zone, int Hours)[]
    {
        ("UTC", 0), ("GMT", 0), ("WET", 0), ("WEST", 1), ("BST", 1), ("CET", 1), ("CEST", 2), ("EET", 2), ("EEST", 3), ("MSK", 3), ("SGT", 8), ("HKT", 8), ("JST", 9),
        ("AEST", 10), ("AEDT", 11), ("NZST", 12), ("NZDT", 13), ("BRT", -3), ("EST", -5), ("EDT", -4), ("PST", -8), ("PDT", -7),
    }.ToFrozenDictionary(zone => zone.Zone, zone => zone.Hours);

    public override async IAsyncEnumerable<ProviderReportLine> ReadAsync(
        IAsyncEnumerable<ReportRecord> records, ProviderSettings? settings, ConnectorId connector, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isCaptureManual = settings is AdyenSettings { IsCaptureManual: true };
        await foreach (var (record, row) in RowsAsync(records, cancellationToken))
        {
            yield return Line(record, row, known => Map(known, isCaptureManual, connector));
        }
    }

    private static ProviderOutcome Map(ReportRow row, bool isCaptureManual, ConnectorId connector) => row.Required("Type") switch
    {
        // The authorized amount is not in this report. So a capture cannot create its payment.
        "Settled" when isCaptureManual => Adjust(row, PaymentStatus.Succeeded),
        "Settled" => Report(row, connector, PaymentType.PayIn, PaymentStatus.Succeeded),
        "Refunded" => Adjust(row, PaymentStatus.Refunded),
        "RefundedReversed" => Adjust(row, PaymentStatus.RefundedFailure),
        "Chargeback" => Adjust(row, PaymentStatus.Dispute),
        "ChargebackReversed" => Adjust(row, PaymentStatus.DisputeWon),
        "SecondChargeback" => Adjust(row, PaymentStatus.DisputeLost),
        "PaidOut" => Report(row, connector, PaymentType.Payout, PaymentStatus.Succeeded),
        "PaidOutReversed" => Report(row, connector, PaymentType.Payout, PaymentStatus.Failed),
        var type => new ProviderIgnored(type),
    };

    private static ProviderCommands Report(ReportRow row, ConnectorId connector, PaymentType type, PaymentStatus status) => new([new(
        new CreatePaymentCommand
        {
            ConnectorId = connector.ToString(),
            Reference = row.Required("Psp Reference"),
            Type = WireName<PaymentType>.Of(type),
            Status = WireName<PaymentStatus>.Of(status),
            CreatedAt = Time(row),
            Amount = Amount(row),
            Asset = Asset(row),
            Scheme = WireName<PaymentScheme>.Of(AdyenScheme.Of(row.Text("Payment Method"))),
            Metadata = AdyenMetadata.Of(row.Text("Merchant Reference")),
            Raw = row.Raw,
        },
        [])]);

    private static ProviderCommands Adjust(ReportRow row, PaymentStatus status)
    {
        var payment = row.Required("Psp Reference");
        return new([new(
            new AdjustPaymentCommand
            {
                Reference = row.Required("Modification Reference"),
                Status = WireName<PaymentStatus>.Of(status),
                CreatedAt = Time(row),
                Amount = Amount(row),
                Raw = row.Raw,
            },
            [new PaymentLookup.ByReference(PaymentType.PayIn, payment), new PaymentLookup.ByAdjustment(PaymentType.PayIn, payment)]) { Asset = Asset(row) }]);
    }

    private static string Asset(ReportRow row) => AdyenAmounts.Decimals.Asset(row.Required("Gross Currency"));

    // The type decides the direction: Adyen's samples have Settled in both columns.
    private static string Amount(ReportRow row) => (row.Text("Gross Debit (GC)"), row.Text("Gross Credit (GC)")) switch
    {
        ({ } debit, null) => AdyenAmounts.Decimals.ToMinorUnits("Gross Debit (GC)", debit, row.Required("Gross Currency")),
        (null, { } credit) => AdyenAmounts.Decimals.ToMinorUnits("Gross Credit (GC)", credit, row.Required("Gross Currency")),
        _ => throw new UnusableValueException("Exactly one of Gross Debit (GC) and Gross Credit (GC) is required"),
    };

    private static string Time(ReportRow row)
    {
        var zone = row.Required("TimeZone");
        return Hours.TryGetValue(zone, out var hours)
            ? Instant.OfUtc(row.RequiredTime("Creation Date").AddHours(-hours)).ToString()
            : throw new UnusableValueException($"TimeZone must be one of: {string.Join(", ", Hours.Keys.Order())}");
    }
}
