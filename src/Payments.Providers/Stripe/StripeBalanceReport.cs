using System.Numerics;
using System.Runtime.CompilerServices;
using Payments.Providers.Reports;
using Payments.Providers.Values;

namespace Payments.Providers.Stripe;

/// <summary>Stripe's itemized balance report, <c>balance_change_from_activity.itemized</c> (docs.stripe.com/reports/report-types/balance).</summary>
/// <remarks>gross is in the settlement currency, so charges and refunds are read from customer_facing_amount.</remarks>
internal sealed class StripeBalanceReport() : ProviderReport(
    "stripe-balance", "stripe",
    "created_utc", "reporting_category", "source_id", "currency", "gross", "customer_facing_amount", "customer_facing_currency", "charge_id", "payment_intent_id")
{
    // A partial capture is two records: the authorized amount, and a reversal of the rest. Both are booked when the charge is captured.
    private const string Charge = "charge";
    private const string Reversal = "partial_capture_reversal";
    private const int MaxHeld = 10_000;
    private const int MaxHeldLength = 16 * 1024 * 1024;
    private static readonly TimeSpan MaxDistance = TimeSpan.FromMinutes(1);

    public override async IAsyncEnumerable<ProviderReportLine> ReadAsync(
        IAsyncEnumerable<ReportRecord> records, ProviderSettings? settings, ConnectorId connector, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var held = new Queue<Held>();
        var length = 0;
        await foreach (var (record, row) in RowsAsync(records, cancellationToken))
        {
            var next = new Held(record, row);
            while (held.TryPeek(out var first) && (!first.IsPart || held.Count >= MaxHeld || length > MaxHeldLength || (next.Time - first.Time)?.Duration() > MaxDistance))
            {
                length -= first.Length;
                yield return Map(held.Dequeue(), connector);
            }

            if (held.FirstOrDefault(next.IsPartner) is { } partner)
            {
                (next.Partner, partner.Partner) = (partner, next);
            }

            held.Enqueue(next);
            length += next.Length;
        }

        while (held.TryDequeue(out var rest))
        {
            yield return Map(rest, connector);
        }
    }

    private static ProviderReportLine Map(Held held, ConnectorId connector) => Line(held.Record, held.Row, row => held.Category switch
    {
        Charge => Report(row, connector, PaymentType.PayIn, PaymentStatus.Succeeded, held.Partner?.Row),
        "charge_failure" => Report(row, connector, PaymentType.PayIn, PaymentStatus.Failed),
        "refund" => Adjust(row, PaymentStatus.Refunded, CustomerAmount(row)),
        "refund_failure" => Adjust(row, PaymentStatus.RefundedFailure, CustomerAmount(row)),
        "dispute" => Adjust(row, PaymentStatus.Dispute, Gross(row)),
        "dispute_reversal" => Adjust(row, PaymentStatus.DisputeWon, Gross(row)),
        "topup" when Is(row, "tu_") => Report(row, connector, PaymentType.PayIn, PaymentStatus.Succeeded),
        "topup_reversal" when Is(row, "tu_") => Report(row, connector, PaymentType.PayIn, PaymentStatus.Refunded),
        "transfer" when Is(row, "tr_") => Report(row, connector, PaymentType.Transfer, PaymentStatus.Succeeded),
        Reversal when held.Partner is null => throw new UnusableValueException(
            "charge_id must be the source_id of a charge within a minute of this record. Sort the report by created_utc. If the charge was already imported, its payment has the authorized amount"),
        var category => new ProviderIgnored(category ?? throw new UnusableValueException("reporting_category is required")),
    });

    private static bool Is(ReportRow row, string prefix) => row.Required("source_id").StartsWith(prefix, StringComparison.Ordinal);

    private static ProviderCommands Report(ReportRow row, ConnectorId connector, PaymentType type, PaymentStatus status, ReportRow? reversal = null)
    {
        var source = row.Required("source_id");
        var isCharge = !Is(row, "tu_") && type == PaymentType.PayIn;
        var intent = isCharge ? row.Text("payment_intent_id") : null;
        var (amount, currency) = isCharge ? CustomerAmount(row) : Gross(row);
        var metadata = new Dictionary<string, string>();
        if (row.Text("connected_account") is { } account)
        {
            metadata["stripe.account"] = account;
        }

        if (intent is not null && status == PaymentStatus.Succeeded)
        {
            metadata[StripeEvent.ChargeKey] = source;
        }

        return new([new(
            new CreatePaymentCommand
            {
                ConnectorId = connector.ToString(),
                Reference = intent ?? source,
                Type = WireName<PaymentType>.Of(type),
                Status = WireName<PaymentStatus>.Of(status),
                CreatedAt = Time(row),
                Amount = reversal is null ? amount : Subtract(row, amount, reversal),
                Asset = StripeAmounts.Decimals.Asset(currency),
                Scheme = WireName<PaymentScheme>.Of(isCharge ? StripeScheme.Of(row.Text("card_brand"), row.Text("payment_method_type")) : PaymentScheme.Unknown),
                Metadata = metadata,
                Raw = row.Raw,
            },
            []) { Alias = intent is null ? null : source }]);
    }

    private static ProviderCommands Adjust(ReportRow row, PaymentStatus status, (string Amount, string Currency) amount) => new([new(
        new AdjustPaymentCommand
        {
            Reference = row.Required("source_id"),
            Status = WireName<PaymentStatus>.Of(status),
            CreatedAt = Time(row),
            Amount = amount.Amount,
            Raw = row.Raw,
        },
        StripeEvent.FindPayment(row.Text("payment_intent_id"), row.Text("charge_id"))) { Asset = StripeAmounts.Decimals.Asset(amount.Currency) }]);

    private static string Time(ReportRow row) => Instant.OfUtc(row.RequiredTime("created_utc")).ToString();

    private static (string Amount, string Currency) Gross(ReportRow row) => Amount(row, "gross", "currency");

    // The amount that the customer paid or got back. If nothing was converted, it must equal gross.
    private static (string Amount, string Currency) CustomerAmount(ReportRow row)
    {
        var customer = Amount(row, "customer_facing_amount", "customer_facing_currency");
        var gross = Gross(row);
        return !customer.Currency.Equals(gross.Currency, StringComparison.OrdinalIgnoreCase) || customer.Amount == gross.Amount
            ? customer
            : throw new UnusableValueException("customer_facing_amount must equal gross if both have the same currency");
    }

    private static (string Amount, string Currency) Amount(ReportRow row, string amount, string currency) =>
        (StripeAmounts.Decimals.ToMinorUnits(amount, row.Required(amount), row.Required(currency)), row.Required(currency));

    private static string Subtract(ReportRow charge, string amount, ReportRow reversal)
    {
        var (rest, currency) = Gross(reversal);
        var captured = BigInteger.Parse(amount, CultureInfo.InvariantCulture) - BigInteger.Parse(rest, CultureInfo.InvariantCulture);
        return captured >= 0 && currency == charge.Text("currency") && currency.Equals(charge.Text("customer_facing_currency"), StringComparison.OrdinalIgnoreCase)
            ? captured.ToString(CultureInfo.InvariantCulture)
            : throw new UnusableValueException("The charge was captured in part and converted to another currency, so the report does not contain its captured amount");
    }

    private sealed class Held(ReportRecord record, ReportRow? row)
    {
        public ReportRecord Record => record;
        public ReportRow? Row => row;
        public int Length { get; } = record.Cells.Sum(cell => cell.Length);
        public string? Category { get; } = row?.Text("reporting_category");
        public bool IsPart => Category is Charge or Reversal;
        public DateTime? Time { get; } = DateTime.TryParse(row?.Text("created_utc"), CultureInfo.InvariantCulture, out var time) ? time : null;
        public Held? Partner { get; set; }

        /// <summary>Whether one is a charge and the other one the reversal of its rest.</summary>
        public bool IsPartner(Held other) => Partner is null && other.Partner is null && (Category, other.Category) switch
        {
            (Charge, Reversal) => row!.Text("source_id") is { } source && source == other.Row!.Text("charge_id"),
            (Reversal, Charge) => other.IsPartner(this),
            _ => false,
        };
    }
}
