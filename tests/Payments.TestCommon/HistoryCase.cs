using System.Globalization;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Payments;

namespace Payments.TestCommon;

/// <summary>
/// Reports of one payment in order of arrival, each with the payment after it. A line is
/// <c>reference STATUS amount @seconds [name=value …] -> STATUS initialAmount amount @createdAt [replayed|updated]</c> or
/// <c>reference STATUS amount @seconds -> 409 field …</c>. <c>own</c> is the payment's own reference. <c>patch metadata:key=value</c> edits the
/// metadata instead.
/// </summary>
public sealed record HistoryCase(string Name, IReadOnlyList<HistoryReport> Reports)
{
    private const int Day = 86_400;

    /// <summary>The cases of docs/history.md and more.</summary>
    public static IReadOnlyList<HistoryCase> All { get; } =
    [
        Of("a: a refund fails after it succeeded, and another one succeeds", """
            own SUCCEEDED 1000 @0 -> SUCCEEDED 1000 1000 @0
            re_1 REFUNDED 1000 @1 -> REFUNDED 1000 0 @0
            re_1 REFUNDED_FAILURE 1000 @2 -> REFUNDED_FAILURE 1000 1000 @0
            re_2 REFUNDED 1000 @3 -> REFUNDED 1000 0 @0
            """),
        Of("b: a refund before its payment", """
            own REFUNDED 400 @2 -> REFUNDED 400 0 @2
            own SUCCEEDED 1000 @1 -> REFUNDED 1000 600 @1
            """),
        Of("c: a refund alone", "own REFUNDED 4900 @0 -> REFUNDED 4900 0 @0"),
        Of("d: PENDING after SUCCEEDED at one instant", """
            own SUCCEEDED 100 @0 -> SUCCEEDED 100 100 @0
            own PENDING 100 @0 -> SUCCEEDED 100 100 @0
            """),
        Of("d: a late SUCCEEDED at the instant of a DISPUTE", """
            own DISPUTE 100 @0 -> DISPUTE 100 100 @0
            own SUCCEEDED 100 @0 -> DISPUTE 100 100 @0
            """),
        Of("e: a payment of May, first reported in June", $"""
            own DISPUTE_WON 100 @{41 * Day} -> DISPUTE_WON 100 100 @{41 * Day}
            own SUCCEEDED 100 @0 -> DISPUTE_WON 100 100 @0
            """),
        Of("e: a payment of May, first reported in May", $"""
            own SUCCEEDED 100 @0 -> SUCCEEDED 100 100 @0
            own DISPUTE_WON 100 @{41 * Day} -> DISPUTE_WON 100 100 @0
            """),
        Of("f: statuses that recur", """
            own PENDING 100 @0 -> PENDING 100 100 @0
            own SUCCEEDED 100 @1 -> SUCCEEDED 100 100 @0
            own FAILED 100 @2 -> FAILED 100 100 @0
            own PENDING 100 @3 -> PENDING 100 100 @0
            own SUCCEEDED 100 @4 -> SUCCEEDED 100 100 @0
            """),
        Of("g: a poller that sends its own time", """
            own SUCCEEDED 100 @0 -> SUCCEEDED 100 100 @0
            own SUCCEEDED 100 @60 -> 409 createdAt
            """),
        Of("g2: a refund of an earlier time, after its repetition", """
            own SUCCEEDED 100 @0 -> SUCCEEDED 100 100 @0
            re REFUNDED 40 @4 -> REFUNDED 100 60 @0
            re REFUNDED 40 @2 -> REFUNDED 100 60 @0
            dp DISPUTE 100 @3 -> DISPUTE 100 60 @0
            """),
        Of("g2: a refund of an earlier time, before its repetition", """
            own SUCCEEDED 100 @0 -> SUCCEEDED 100 100 @0
            re REFUNDED 40 @2 -> REFUNDED 100 60 @0
            re REFUNDED 40 @4 -> 409 createdAt
            dp DISPUTE 100 @3 -> DISPUTE 100 60 @0
            """),
        Of("h: details arrive with the second report", """
            own PENDING 100 @0 scheme=unknown -> PENDING 100 100 @0
            own SUCCEEDED 100 @1 scheme=visa source=acc_1 metadata:order=7 -> SUCCEEDED 100 100 @0 scheme=visa source=acc_1 metadata:order=7
            """),
        Of("h: details arrive with the first report", """
            own SUCCEEDED 100 @1 scheme=visa source=acc_1 metadata:order=7 -> SUCCEEDED 100 100 @1
            own PENDING 100 @0 scheme=unknown -> SUCCEEDED 100 100 @0 scheme=visa source=acc_1 metadata:order=7
            """),
        Of("h: details arrive alone", """
            own SUCCEEDED 100 @0 scheme=unknown -> SUCCEEDED 100 100 @0
            own SUCCEEDED 100 @0 scheme=visa destination=acc_2 -> SUCCEEDED 100 100 @0 scheme=visa destination=acc_2 updated
            own SUCCEEDED 100 @0 scheme=visa destination=acc_2 -> SUCCEEDED 100 100 @0 replayed
            """),
        Of("h: details that contradict", """
            own PENDING 100 @0 scheme=visa -> PENDING 100 100 @0
            own SUCCEEDED 100 @1 scheme=mastercard -> 409 scheme
            """),
        Of("i: a partial capture", """
            own PENDING 1000 @0 -> PENDING 1000 1000 @0
            own SUCCEEDED 600 @1 -> SUCCEEDED 1000 600 @0
            own REFUNDED 700 @2 -> 409 amount
            """),
        Of("i: a partial capture before its authorization", """
            own SUCCEEDED 600 @1 -> SUCCEEDED 600 600 @1
            own PENDING 1000 @0 -> SUCCEEDED 1000 600 @0
            own REFUNDED 700 @2 -> 409 amount
            """),
        Of("j: two captures, of which one fails later", """
            own PENDING 1000 @0 -> PENDING 1000 1000 @0
            cap_1 SUCCEEDED 600 @1 -> SUCCEEDED 1000 600 @0
            cap_2 SUCCEEDED 400 @2 -> SUCCEEDED 1000 1000 @0
            cap_2 FAILED 400 @3 -> SUCCEEDED 1000 600 @0
            """),
        Of("j2: the rest of an authorization is cancelled", """
            own PENDING 1000 @0 -> PENDING 1000 1000 @0
            cap SUCCEEDED 600 @1 -> SUCCEEDED 1000 600 @0
            own CANCELLED 400 @2 -> SUCCEEDED 1000 600 @0
            """),
        Of("j2: a capture of more than was authorized", """
            own PENDING 1000 @0 -> PENDING 1000 1000 @0
            cap SUCCEEDED 1200 @1 -> SUCCEEDED 1000 1200 @0
            re REFUNDED 1200 @2 -> REFUNDED 1000 0 @0
            """),
        Of("j3: another amount after a failure", """
            own FAILED 2000 @0 -> FAILED 2000 2000 @0
            own SUCCEEDED 2500 @1 -> SUCCEEDED 2500 2500 @0
            """),
        Of("j3: a failure under a reference of its own", """
            own SUCCEEDED 100 @0 -> SUCCEEDED 100 100 @0
            evt FAILED 100 @1 -> FAILED 100 100 @0
            """),
        Of("j4: a refund before its captures", """
            own PENDING 1000 @0 -> PENDING 1000 1000 @0
            re REFUNDED 700 @3 -> REFUNDED 1000 300 @0
            c1 SUCCEEDED 600 @1 -> REFUNDED 1000 0 @0
            c2 SUCCEEDED 400 @2 -> REFUNDED 1000 300 @0
            """),
        Of("k: further refunds under the payment's own reference", """
            own REFUNDED 40 @0 -> REFUNDED 40 0 @0
            own REFUNDED 30 @1 -> 409 createdAt amount
            own REFUNDED 40 @2 -> 409 createdAt
            """),
        Of("l: metadata", """
            own SUCCEEDED 100 @0 metadata:a=1 -> SUCCEEDED 100 100 @0 metadata:a=1
            own SUCCEEDED 100 @0 metadata:a=1 metadata:b=2 -> SUCCEEDED 100 100 @0 metadata:a=1 metadata:b=2 updated
            own SUCCEEDED 100 @0 metadata:a=2 -> 409 metadata.a
            patch metadata:a=3 -> SUCCEEDED 100 100 @0 metadata:a=3 metadata:b=2
            own SUCCEEDED 100 @0 metadata:a=1 -> SUCCEEDED 100 100 @0 metadata:a=3 metadata:b=2 replayed
            """),
        Of("m: an early status again", """
            own FAILED 100 @0 -> FAILED 100 100 @0
            own SUCCEEDED 100 @300 -> SUCCEEDED 100 100 @0
            own FAILED 100 @0 -> SUCCEEDED 100 100 @0 replayed
            """),
        Of("n: a dispute, and a refund after it", """
            own SUCCEEDED 1000 @0 -> SUCCEEDED 1000 1000 @0
            dp DISPUTE 1000 @1 -> DISPUTE 1000 1000 @0
            dp DISPUTE_LOST 1000 @2 -> DISPUTE_LOST 1000 1000 @0
            dp DISPUTE_WON 1000 @3 -> DISPUTE_WON 1000 1000 @0
            re REFUNDED 1000 @4 -> REFUNDED 1000 0 @0
            dp DISPUTE_LOST 1000 @2 -> REFUNDED 1000 0 @0 replayed
            """),
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static HistoryCase Of(string name, string reports) => new(name, [.. reports.Split('\n').Select(HistoryReport.Parse)]);
}

/// <summary>One report or one edit of the metadata, and the payment after it.</summary>
/// <param name="Line">The line as text.</param>
/// <param name="Reference">The reference of the adjustment; null for the payment's own.</param>
/// <param name="Status">The reported status; empty for an edit of the metadata.</param>
/// <param name="Amount">The reported amount.</param>
/// <param name="Seconds">The reported time, in seconds after <see cref="Sample.Now"/>.</param>
/// <param name="Values">The other reported values by name.</param>
/// <param name="Conflicts">The fields that a 409 names; empty if the report is accepted.</param>
/// <param name="Expected">The payment's status, initial amount, amount and createdAt after the report.</param>
/// <param name="ExpectedValues">The other expected values by name.</param>
/// <param name="Outcome">Recorded, Updated or Replayed; null if the report is rejected.</param>
public sealed record HistoryReport(
    string Line,
    string? Reference,
    string Status,
    string Amount,
    int Seconds,
    IReadOnlyDictionary<string, string> Values,
    IReadOnlyList<string> Conflicts,
    (string Status, string InitialAmount, string Amount, int CreatedAt) Expected,
    IReadOnlyDictionary<string, string> ExpectedValues,
    string? Outcome)
{
    /// <summary>The reported or edited metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = Values.Where(value => value.Key.StartsWith("metadata:", StringComparison.Ordinal))
        .ToDictionary(value => value.Key["metadata:".Length..], value => value.Value);

    /// <summary>The reported time.</summary>
    public DateTimeOffset CreatedAt => Sample.Now.AddSeconds(Seconds);

    /// <summary>Applies the report to a payment; null before the first report.</summary>
    /// <returns>The changed payment, or null if the report changes nothing.</returns>
    public Payment? Apply(Payment? payment, PaymentId id)
    {
        if (Status.Length == 0)
        {
            return payment!.ChangeMetadata(Metadata.ToDictionary(entry => entry.Key, string? (entry) => entry.Value));
        }

        var adjustment = Sample.Adjustment(Reference ?? id.Reference.Text, WireName<PaymentStatus>.Parse(Status), Amount, Seconds);
        if (Reference is not null)
        {
            return payment!.Adjust(adjustment);
        }

        var details = new PaymentDetails(
            WireName<PaymentScheme>.Parse(Values.GetValueOrDefault("scheme", "visa")),
            Sample.Value<Asset>("USD/2"),
            Account(Values.GetValueOrDefault("source")),
            Account(Values.GetValueOrDefault("destination")));
        var report = Payment.Create(id, details, Domain.Metadata.Restore(Metadata), adjustment, CreatedAt);
        return payment is null ? report : payment.ApplyReport(report);

        AccountId? Account(string? reference) => reference is null ? null : new AccountId(id.ConnectorId, Sample.Value<AccountReference>(reference));
    }

    /// <summary>Whether the payment is as expected after the report.</summary>
    public bool Matches(Payment payment) =>
        Expected == (
            WireName<PaymentStatus>.Of(payment.Status),
            payment.InitialAmount.ToString(),
            payment.Amount.ToString(),
            (int)(payment.CreatedAt.Utc - Sample.Now.UtcDateTime).TotalSeconds)
        && ExpectedValues.All(expected => expected.Value == expected.Key switch
        {
            "scheme" => WireName<PaymentScheme>.Of(payment.Details.Scheme),
            "source" => payment.Details.SourceAccountId?.Reference.Text,
            "destination" => payment.Details.DestinationAccountId?.Reference.Text,
            var name => payment.Metadata.Entries.GetValueOrDefault(name["metadata:".Length..]),
        });

    internal static HistoryReport Parse(string line)
    {
        var (report, result) = (line.Trim().Split(" -> ")[0].Split(' '), line.Trim().Split(" -> ")[1].Split(' '));
        var isPatch = report[0] == "patch";
        var isConflict = result[0] == "409";
        return new(
            line.Trim(),
            report[0] is "own" or "patch" ? null : report[0],
            isPatch ? "" : report[1],
            isPatch ? "" : report[2],
            isPatch ? 0 : ParseSeconds(report[3]),
            ValuesOf(report),
            isConflict ? result[1..] : [],
            isConflict ? default : (result[0], result[1], result[2], ParseSeconds(result[3])),
            ValuesOf(result),
            isConflict ? null : result[^1] is "replayed" ? "Replayed" : result[^1] is "updated" || isPatch ? "Updated" : "Recorded");
    }

    private static int ParseSeconds(string text) => int.Parse(text.AsSpan(1), CultureInfo.InvariantCulture);

    private static Dictionary<string, string> ValuesOf(string[] words) =>
        words.Where(word => word.Contains('=', StringComparison.Ordinal)).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
}
