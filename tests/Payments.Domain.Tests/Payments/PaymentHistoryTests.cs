using System.Globalization;
using Payments.Domain.Accounts;
using Payments.Domain.Payments;

namespace Payments.Domain.Tests.Payments;

public sealed class PaymentHistoryTests
{
    private static readonly PaymentId Id = Sample.Payment(reference: "own").Id;

    [TestCaseSource(typeof(HistoryCase), nameof(HistoryCase.All))]
    public void ApplyReport_HistoryCase_ReturnsExpectedPayment(HistoryCase history)
    {
        Payment? payment = null;
        Assert.Multiple(() =>
        {
            foreach (var report in history.Reports)
            {
                try
                {
                    var changed = report.Apply(payment, Id);
                    var outcome = changed is null ? "Replayed" : payment is not null && changed.AdjustmentCount == payment.AdjustmentCount ? "Updated" : "Recorded";
                    payment = changed ?? payment;
                    Assert.That(outcome, Is.EqualTo(report.Outcome), report.Line);
                    Assert.That(report.Matches(payment!), () => $"{report.Line}\n{Describe(payment!)}");
                }
                catch (ConflictException e)
                {
                    Assert.That(e.Errors.Select(error => error.Field), Is.EqualTo(report.Conflicts), report.Line);
                }
            }
        });
    }

    [TestCase("own PENDING 1000", null, "0")]
    [TestCase("own FAILED 1000", null, "0")]
    [TestCase("own SUCCEEDED 1000", "1000", "0")]
    [TestCase("own REFUNDED 400", null, "400", Description = "its capture is not recorded yet")]
    [TestCase("own PENDING 1000, own SUCCEEDED 600, refund REFUNDED 100, other REFUNDED 200", "600", "300")]
    [TestCase("own SUCCEEDED 1000, refund REFUNDED 100, refund REFUNDED_FAILURE 100", "1000", "0")]
    [TestCase("own PENDING 1000, capture SUCCEEDED 300, second SUCCEEDED 400", "700", "0")]
    [TestCase("own PENDING 1000, capture SUCCEEDED 300, capture FAILED 300", null, "0")]
    public void CapturedAndRefundedAmount_History_AreTheSumsOfWhatStands(string history, string? captured, string refunded)
    {
        var steps = history.Split(", ").Select(step => step.Split(' ')).Select((step, i) =>
            Sample.Adjustment(step[0], WireName<PaymentStatus>.Parse(step[1]), step[2], i)).ToList();
        var payment = Payment.Restore(Id, Sample.Payment(reference: "own").Details, new PaymentMetadata(Metadata.Empty), 0, steps);

        Assert.That(payment.CapturedAmount?.ToString(), Is.EqualTo(captured));
        Assert.That(payment.RefundedAmount.ToString(), Is.EqualTo(refunded));
    }

    [Test]
    public void Adjust_HistoriesOfModel_ReturnsItsOutcomesAndStates()
    {
        // The reference model of the rules (docs/decisions/0014) made them: reference, status, amount, time, outcome, and the payment after it.
        var histories = File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Payments/history-model.txt"))
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.That(histories, Has.Length.EqualTo(500));
        Assert.Multiple(() =>
        {
            foreach (var history in histories)
            {
                Payment? payment = null;
                foreach (var line in history.Split('\n'))
                {
                    var words = line.Split(' ');
                    var outcome = Record(ref payment, Adjustment(words[0], words[1], words[2], int.Parse(words[3], CultureInfo.InvariantCulture)));
                    Assert.That(outcome, words[4] is "amount" or "createdAt" ? Does.Contain(words[4]) : Is.EqualTo(words[4]), $"{line} of\n{history}");
                    Assert.That(StateOf(payment!), Is.EqualTo((words[5], words[6], words[7], int.Parse(words[8], CultureInfo.InvariantCulture))), $"{line} of\n{history}");
                }
            }
        });
    }

    [Test]
    public void ApplyReport_AnyOrderOfReports_EndsInOneState([Range(1, 150)] int seed)
    {
        var reports = RandomReports(new Random(seed));
        var orders = reports.Count <= 5 ? Permutations([.. reports]) : Enumerable.Range(0, 200).Select(order => Shuffled(reports, new Random((seed * 1000) + order)));
        var ends = orders.Select(Play).ToList();

        // Reports that contradict each other may end in different states. A report that is rejected only because of its createdAt contradicts
        // nothing, but what it would fill in depends on whether it is recorded.
        if (ends.All(end => end.Rejected.All(fields => fields.Contains("createdAt"))))
        {
            Assert.That(ends.Select(end => StateOf(end.Payment)).Distinct(), Has.Exactly(1).Items, () => string.Join('\n', reports));
            if (ends.All(end => end.Rejected.Count == 0))
            {
                Assert.That(ends.Select(end => Describe(end.Payment)).Distinct(), Has.Exactly(1).Items);
            }
        }
    }

    [Test]
    public void ApplyReport_RandomDetailsAndMetadata_ReturnsConflictsAndValuesOfModel([Range(1, 100)] int seed)
    {
        // The model: "" is unknown. A known value stays, except that an edit of metadata replaces what reports say.
        var random = new Random(seed);
        string[] fields = ["scheme", "asset", "sourceAccountID", "destinationAccountID", "metadata.a", "metadata.b"];
        var (known, edits) = (RandomValues(), new string?[fields.Length]);
        var payment = Report(known);
        for (var step = 0; step < 20; step++)
        {
            if (random.Next(4) == 0)
            {
                var (field, value) = (random.Next(4, 6), Pick("", "1", "2"));
                edits[field] = value == Current(field) ? edits[field] : value;
                payment = payment.ChangeMetadata(Sample.Edits((fields[field][^1..], value == "" ? null : value))) ?? payment;
            }
            else
            {
                var reported = RandomValues();
                var conflicts = fields.Where((_, i) => reported[i] != "" && reported[i] != known[i] && reported[i] != Current(i) && known[i] + Current(i) != "").ToList();
                Assert.That(Fields(() => payment = payment.ApplyReport(Report(reported)) ?? payment), Is.EqualTo(conflicts));
                known = conflicts.Count > 0 ? known : [.. known.Zip(reported, (value, report) => value == "" ? report : value)];
            }

            Assert.That(ValuesOf(payment), Is.EqualTo(fields.Select((_, i) => Current(i))));
        }

        string Current(int field) => edits[field] ?? known[field];

        string[] RandomValues() => [Value("visa", "amex"), Pick("USD/2", "USD/2", "USD/2", "EUR/2"), Value("acc_1", "acc_3"), Value("acc_2", "acc_4"), Value("1", "2"), Value("1", "2")];

        string Value(string usual, string other) => Pick("", "", "", usual, usual, usual, usual, other);

        T Pick<T>(params T[] values) => values[random.Next(values.Length)];

        static Payment Report(string[] values) => Payment.Create(
            Id,
            new PaymentDetails(
                values[0] == "" ? PaymentScheme.Unknown : WireName<PaymentScheme>.Parse(values[0]),
                Sample.Value<Asset>(values[1]),
                values[2] == "" ? null : Account(values[2]),
                values[3] == "" ? null : Account(values[3])),
            Sample.Metadata([.. new[] { ("a", values[4]), ("b", values[5]) }.Where(entry => entry.Item2 != "")]),
            Adjustment("own", "SUCCEEDED", "100", 0),
            Sample.Now);

        static string[] ValuesOf(Payment payment) =>
        [
            payment.Details.Scheme == PaymentScheme.Unknown ? "" : WireName<PaymentScheme>.Of(payment.Details.Scheme),
            payment.Details.Asset.Code,
            payment.Details.SourceAccountId?.Reference.Text ?? "",
            payment.Details.DestinationAccountId?.Reference.Text ?? "",
            payment.Metadata.Entries.GetValueOrDefault("a", ""),
            payment.Metadata.Entries.GetValueOrDefault("b", ""),
        ];

        static IEnumerable<string> Fields(Action apply)
        {
            try
            {
                apply();
                return [];
            }
            catch (ConflictException e)
            {
                return e.Errors.Select(error => error.Field);
            }
        }
    }

    [Test]
    public void RandomReports_ManySeeds_MostlyAgree()
    {
        // Otherwise the test above tests nothing.
        var agreeing = Enumerable.Range(1, 300).Count(seed => Play([.. RandomReports(new Random(seed))]).Rejected.Count == 0);
        Assert.That(agreeing, Is.GreaterThan(100));
    }

    [Test]
    public void Adjust_FurtherRefundUnderOwnReference_ThrowsWithRemedy()
    {
        Payment? payment = null;
        Record(ref payment, Adjustment("own", "REFUNDED", "40", 0));
        foreach (var further in (PaymentAdjustment[])[Adjustment("own", "REFUNDED", "30", 0), Adjustment("own", "REFUNDED", "30", 1), Adjustment("own", "REFUNDED", "40", 2)])
        {
            var conflict = Assert.Throws<ConflictException>(() => payment!.Adjust(further));
            Assert.That(
                conflict!.Errors.Select(error => error.Rule),
                Has.Exactly(1).Contains("To record a further refund, add an adjustment under the refund's own reference"));
        }
    }

    [Test]
    public void Adjust_OtherAmountUnderRefundsReference_ThrowsWithRemedy()
    {
        Payment? payment = null;
        Record(ref payment, Adjustment("own", "SUCCEEDED", "100", 0));
        Record(ref payment, Adjustment("re", "REFUNDED", "40", 1));
        var conflict = Assert.Throws<ConflictException>(() => payment!.Adjust(Adjustment("re", "REFUNDED", "30", 1)));
        Assert.That(conflict!.Errors.Single().Rule, Is.EqualTo("must be 40, which is recorded for this status and createdAt. A further refund needs its own reference"));
    }

    [Test]
    public void Adjust_OtherCreatedAtAndAmount_ThrowsNamingBoth()
    {
        Payment? payment = null;
        Record(ref payment, Adjustment("own", "SUCCEEDED", "100", 0));
        Record(ref payment, Adjustment("dp", "DISPUTE", "40", 1));
        var conflict = Assert.Throws<ConflictException>(() => payment!.Adjust(Adjustment("dp", "DISPUTE", "30", 2)));
        Assert.That(conflict!.Errors.Select(error => error.Field), Is.EqualTo((string[])["createdAt", "amount"]));
        Assert.That(conflict.Errors[1].Rule, Is.EqualTo("must be 40, which is recorded for this status and that createdAt"));
    }

    [TestCase("SUCCEEDED", "100", "DISPUTE", "50", "must be 100, which is recorded. Record a dispute of another amount as an adjustment under the dispute's own reference")]
    [TestCase("DISPUTE", "50", "SUCCEEDED", "100", "must be 50, which is recorded for a dispute of the payment. If the dispute is about the other one of PENDING and SUCCEEDED, report that first and send this again afterward")]
    public void Adjust_OwnDisputeOfOtherAmount_ThrowsWithRemedy(string status, string amount, string otherStatus, string otherAmount, string rule)
    {
        Payment? payment = null;
        Record(ref payment, Adjustment("own", status, amount, 0));
        var conflict = Assert.Throws<ConflictException>(() => payment!.Adjust(Adjustment("own", otherStatus, otherAmount, 1)));
        Assert.That(conflict!.Errors.Single().Rule, Is.EqualTo(rule));
    }

    [Test]
    public void Adjust_RefundOverAmountLeft_ThrowsNamingAmountLeft()
    {
        Payment? payment = null;
        Record(ref payment, Adjustment("own", "PENDING", "1000", 0));
        Record(ref payment, Adjustment("own", "SUCCEEDED", "600", 1));
        const string Rule = "must be at most 600, which is left to refund. If its payment or capture has not arrived yet, send it again afterward";
        Assert.That(RuleOf("re"), Is.EqualTo(Rule));
        Assert.That(RuleOf("own"), Is.EqualTo($"{Rule}. To record a further refund, add an adjustment under the refund's own reference"));

        string RuleOf(string reference) =>
            Assert.Throws<ConflictException>(() => payment!.Adjust(Adjustment(reference, "REFUNDED", "700", 2)))!.Errors.Single().Rule;
    }

    [Test]
    public void Adjust_SameStatusLater_ThrowsNamingRecordedTime()
    {
        Payment? payment = null;
        Record(ref payment, Adjustment("own", "SUCCEEDED", "100", 0));
        var conflict = Assert.Throws<ConflictException>(() => payment!.Adjust(Adjustment("own", "SUCCEEDED", "100", 60)));
        Assert.That(
            conflict!.Errors.Single().Rule,
            Does.StartWith("must be 2024-05-01T12:00:00Z,").And.Contain("createdAt is the provider's time of the event, not the time of polling"));
    }

    [Test]
    public void ApplyReport_EveryValueContradicts_NamesEachField()
    {
        var stored = Sample.Payment(null, "own", "100", PaymentStatus.Succeeded, 0, Account("acc_1"), metadata: Sample.Metadata(("key", "1")));
        var report = Sample.Payment(
            null, "own", "90", PaymentStatus.Succeeded, 60, Account("acc_2"), metadata: Sample.Metadata(("key", "2")), scheme: PaymentScheme.Amex, asset: "EUR/2");
        Assert.That(
            Assert.Throws<ConflictException>(() => stored.ApplyReport(report))!.Errors.Select(error => error.Field),
            Is.EqualTo((string[])["createdAt", "amount", "scheme", "asset", "sourceAccountID", "metadata.key"]));
    }

    [Test]
    public void Adjustments_SameTimeAndStage_KeepOrderOfRecording()
    {
        Payment? payment = null;
        Record(ref payment, Adjustment("own", "PENDING", "100", 0));
        Record(ref payment, Adjustment("b", "REFUNDED", "1", 5));
        Record(ref payment, Adjustment("a", "DISPUTE", "1", 5));
        Record(ref payment, Adjustment("own", "SUCCEEDED", "100", 5));
        Assert.That(payment!.Adjustments.Select(adjustment => adjustment.Reference.Text), Is.EqualTo((string[])["a", "b", "own", "own"]));
    }

    private static AccountId Account(string reference) => new(Id.ConnectorId, Sample.Value<AccountReference>(reference));

    private static (string, string, string, int) StateOf(Payment payment) => (
        WireName<PaymentStatus>.Of(payment.Status), payment.InitialAmount.ToString(), payment.Amount.ToString(), SecondsOf(payment.CreatedAt));

    private static int SecondsOf(Instant time) => (int)(time.Utc - Sample.Now.UtcDateTime).TotalSeconds;

    private static PaymentAdjustment Adjustment(string reference, string status, string amount, int seconds) =>
        Sample.Adjustment(reference, WireName<PaymentStatus>.Parse(status), amount, seconds);

    private static string Record(ref Payment? payment, PaymentAdjustment adjustment)
    {
        try
        {
            var changed = payment is null
                ? Sample.Payment(null, "own", adjustment.Amount.ToString(), adjustment.Status, SecondsOf(adjustment.CreatedAt))
                : payment.Adjust(adjustment);
            payment = changed ?? payment;
            return changed is null ? "replay" : "recorded";
        }
        catch (ConflictException e)
        {
            return string.Join(' ', e.Errors.Select(error => error.Field));
        }
    }

    /// <summary>Applies the reports, then the rejected ones again, as senders do.</summary>
    private static (Payment Payment, IReadOnlyList<string> Rejected) Play(IReadOnlyList<Reported> reports)
    {
        Payment? payment = null;
        for (var waiting = reports; ;)
        {
            var rejected = new List<(Reported Report, string Fields)>();
            foreach (var report in waiting)
            {
                try
                {
                    // An adjustment under another reference requires the payment.
                    payment = report.Adjustment.Reference == Id.Reference ? (payment is null ? report.ToPayment() : payment.ApplyReport(report.ToPayment()) ?? payment)
                        : payment is null ? throw new ConflictException("", [new("payment", "")])
                        : payment.Adjust(report.Adjustment) ?? payment;
                }
                catch (ConflictException e)
                {
                    rejected.Add((report, string.Join(',', e.Errors.Select(error => error.Field))));
                }
            }

            if (rejected.Count == 0 || rejected.Count == waiting.Count)
            {
                return (payment!, [.. rejected.Select(rejection => rejection.Fields)]);
            }

            waiting = [.. rejected.Select(rejection => rejection.Report)];
        }
    }

    private static string Describe(Payment payment) => string.Join(
        ' ', StateOf(payment), payment.Details, string.Join(',', payment.Metadata.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal)));

    private static List<Reported> RandomReports(Random random)
    {
        var amount = Pick(100, 100, 1000);
        var captured = Pick(amount, amount, amount / 2);
        var details = new PaymentDetails(PaymentScheme.Visa, Sample.Value<Asset>("USD/2"), Account("acc_1"), Account("acc_2"));
        var reports = new List<Reported>();
        string[] statuses = ["PENDING", "SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED", "DISPUTE", "DISPUTE_WON", "DISPUTE_LOST", "OTHER", "SUCCEEDED"];
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            var status = Pick(statuses);
            Add("own", status, status == "SUCCEEDED" ? captured : status is "FAILED" or "CANCELLED" or "EXPIRED" or "OTHER" ? Pick(amount, amount / 3) : amount);
        }

        for (var refund = random.Next(3); refund > 0; refund--)
        {
            var refunded = random.Next(1, Math.Max(2, captured / 4));
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                Add($"re{refund}", Pick("REFUNDED", "REFUNDED", "REFUNDED_FAILURE"), refunded);
            }
        }

        for (var i = random.Next(3); i > 0; i--)
        {
            Add("dp", Pick("DISPUTE", "DISPUTE_WON", "DISPUTE_LOST"), amount);
        }

        for (var capture = random.Next(3); capture > 0; capture--)
        {
            for (var i = random.Next(1, 3); i > 0; i--)
            {
                Add($"cap{capture}", Pick("SUCCEEDED", "SUCCEEDED", "FAILED"), amount / 2);
            }
        }

        return [.. reports.Take(12)];

        // Some adjustments have the same time as the one before, but another stage, which orders them.
        void Add(string reference, string status, int value)
        {
            var seconds = reports.Count > 0 && random.Next(4) == 0 && StageOf(status) != StageOf(WireName<PaymentStatus>.Of(reports[^1].Adjustment.Status))
                ? SecondsOf(reports[^1].Adjustment.CreatedAt)
                : random.Next(1_000_000);
            if (reports.Any(report => report.Adjustment.CreatedAt.Utc == Sample.Now.AddSeconds(seconds).UtcDateTime && StageOf(WireName<PaymentStatus>.Of(report.Adjustment.Status)) == StageOf(status)))
            {
                seconds = random.Next(1_000_000);
            }

            reports.Add(new(
                Adjustment(reference, status, $"{value}", seconds),
                new PaymentDetails(
                    Pick(PaymentScheme.Unknown, details.Scheme), details.Asset, Pick(null, details.SourceAccountId), Pick(null, details.DestinationAccountId)),
                Metadata.Restore(new Dictionary<string, string>(((string[])["a", "b", "c"]).Where(_ => random.Next(3) == 0).Select(key => KeyValuePair.Create(key, key))))));
        }

        static int StageOf(string status) => status switch
        {
            "PENDING" => 0,
            "REFUNDED" or "DISPUTE" => 2,
            "REFUNDED_FAILURE" or "DISPUTE_WON" or "DISPUTE_LOST" => 3,
            _ => 1,
        };

        T Pick<T>(params T[] values) => values[random.Next(values.Length)];
    }

    private static Reported[] Shuffled(IEnumerable<Reported> reports, Random random)
    {
        var order = reports.ToArray();
        random.Shuffle(order);
        return order;
    }

    private static IEnumerable<IReadOnlyList<Reported>> Permutations(Reported[] reports) => reports.Length < 2
        ? [reports]
        : reports.SelectMany((first, index) => Permutations([.. reports.Where((_, other) => other != index)]).Select(rest => (IReadOnlyList<Reported>)[first, .. rest]));

    private sealed record Reported(PaymentAdjustment Adjustment, PaymentDetails Details, Metadata Metadata)
    {
        public Payment ToPayment() => Payment.Create(Id, Details, Metadata, Adjustment, Sample.Now.AddYears(1));
    }
}
