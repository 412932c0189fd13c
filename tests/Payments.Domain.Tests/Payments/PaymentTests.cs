using Payments.Domain.Accounts;
using Payments.Domain.Payments;

namespace Payments.Domain.Tests.Payments;

public sealed class PaymentTests
{
    private static readonly AccountId Account = Sample.Value<AccountId>(Sample.AccountId);

    [Test]
    public void Create_FirstReport_HasOneAdjustment()
    {
        var payment = Report("100", PaymentStatus.Pending);
        Assert.Multiple(() =>
        {
            Assert.That(payment.Adjustments.Single(), Is.EqualTo(payment.LastAdjustment));
            Assert.That(payment.LastAdjustment.Reference, Is.EqualTo(payment.Reference));
            Assert.That(payment.Status, Is.EqualTo(PaymentStatus.Pending));
            Assert.That(payment.InitialAmount.ToString(), Is.EqualTo("100"));
            Assert.That(payment.Amount, Is.EqualTo(payment.InitialAmount));
        });
    }

    [Test]
    public void Create_CreatedAt_AcceptsFrom1970ToFiveMinutesAhead()
    {
        var payment = Report("1");
        Assert.Multiple(() =>
        {
            Assert.That(() => Create(Sample.Now.AddMinutes(5)), Throws.Nothing);
            Assert.That(() => Create(Sample.Now.AddMinutes(5).AddTicks(1)), Throws.ArgumentException);
            Assert.That(() => Create(DateTimeOffset.UnixEpoch), Throws.Nothing);
            Assert.That(() => Create(DateTimeOffset.UnixEpoch.AddTicks(-1)), Throws.ArgumentException);
        });

        void Create(DateTimeOffset createdAt) => Payment.Create(
            payment.Id, payment.Details, payment.Metadata, payment.LastAdjustment with { CreatedAt = new Instant(createdAt) }, Sample.Now);
    }

    [Test]
    public void Create_UndefinedEnumValue_Throws()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Report("1", default(PaymentStatus)), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Report("1", scheme: (PaymentScheme)25), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Sample.Payment(type: (PaymentType)5), Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void Restore_NoAdjustmentUnderOwnReference_Throws()
    {
        var payment = Report("1");
        var other = payment.LastAdjustment with { Reference = Sample.Value<PaymentReference>("other") };
        Assert.Multiple(() =>
        {
            Assert.That(() => Restore(other), Throws.ArgumentException);
            Assert.That(() => Restore(), Throws.ArgumentException);
            Assert.That(() => Restore(other, payment.LastAdjustment), Throws.Nothing);
        });

        void Restore(params PaymentAdjustment[] adjustments) =>
            Payment.Restore(payment.Id, payment.Details, payment.ReportedMetadata, 0, adjustments);
    }

    [Test]
    public void ApplyReport_SameReport_ReturnsNull()
    {
        var stored = Report("10", metadata: "a");
        Assert.That(stored.ApplyReport(Report("10", metadata: "a", raw: """{"delivery":2}""")), Is.Null);
    }

    [Test]
    public void ApplyReport_NewStatus_AddsOnlyAdjustment()
    {
        var stored = Report("10", PaymentStatus.Pending, metadata: "a");
        var changed = stored.ApplyReport(Report("10", PaymentStatus.Succeeded, 1, raw: """{"number":2}"""))!;
        Assert.Multiple(() =>
        {
            Assert.That(changed.AdjustmentCount, Is.EqualTo(2));
            Assert.That(changed.LastAdjustment.Raw.Text, Is.EqualTo("""{"number":2}"""));
            Assert.That(changed.Raw, Is.EqualTo(stored.Raw));
            Assert.That(changed.Metadata, Is.EqualTo(stored.Metadata));
            Assert.That(changed.Version, Is.Not.EqualTo(stored.Version));
            Assert.That(stored.AdjustmentCount, Is.EqualTo(1));
        });
    }

    [Test]
    public void Raw_EarlierReportArrivesLater_IsRawOfEarliestReport()
    {
        var stored = Report("10", raw: """{"number":2}""");
        Assert.That(stored.ApplyReport(Report("10", PaymentStatus.Pending, -1, raw: """{"number":1}"""))!.Raw.Text, Is.EqualTo("""{"number":1}"""));
    }

    [Test]
    public void Adjust_MaxAdjustmentsReached_ThrowsConflict()
    {
        var payment = Report("10");
        for (var i = 1; i < Payment.MaxAdjustments; i++)
        {
            payment = payment.Adjust(Dispute(i))!;
        }

        Assert.Multiple(() =>
        {
            Assert.That(payment.AdjustmentCount, Is.EqualTo(1000));
            Assert.That(
                Assert.Throws<ConflictException>(() => payment.Adjust(Dispute(1000)))!.Errors.Single(),
                Is.EqualTo(new FieldError("adjustments", "must have at most 1000 items, which the payment already has")));
            Assert.That(payment.Adjust(Dispute(999)), Is.Null, "it is recorded already");
        });

        static PaymentAdjustment Dispute(int i) => Sample.Adjustment($"dispute-{i}", PaymentStatus.Dispute, "10");
    }

    [Test]
    public void ApplyReport_KeyRemovedBefore_StaysRemoved()
    {
        var removed = Report("10").ChangeMetadata(Sample.Edits(("key", "x")))!.ChangeMetadata(Sample.Edits(("key", null)))!;
        var reported = removed.ApplyReport(Report("10", metadata: "a"))!;
        Assert.Multiple(() =>
        {
            Assert.That(reported.Metadata.Entries, Is.Empty);
            Assert.That(reported.ReportedMetadata.Reported.Entries["key"], Is.EqualTo("a"));
        });
    }

    [Test]
    public void ApplyReport_KeyEditedBefore_MustHaveCurrentValue()
    {
        var edited = Report("10").ChangeMetadata(Sample.Edits(("key", "x")))!;
        Assert.Multiple(() =>
        {
            Assert.That(
                Assert.Throws<ConflictException>(() => edited.ApplyReport(Report("10", metadata: "a")))!.Errors.Single(),
                Is.EqualTo(new FieldError("metadata.key", "must repeat its recorded value. To change it, send PATCH /api/payments/payments/{paymentID}/metadata")));
            Assert.That(edited.ApplyReport(Report("10", metadata: "x"))!.Metadata.Entries["key"], Is.EqualTo("x"));
        });
    }

    [Test]
    public void ApplyReport_OverFiftyEntriesTogether_ThrowsConflict()
    {
        var full = Report("10").ChangeMetadata(Enumerable.Range(0, 50).ToDictionary(i => $"k{i}", string? (_) => "v"))!;
        Assert.That(Fields(() => full.ApplyReport(Report("10", metadata: "a"))), Is.EqualTo((string[])["metadata"]));
    }

    [Test]
    public void ChangeMetadata_ValuesAndNulls_SetsAndRemovesEntries()
    {
        var stored = Report("10", metadata: "a");
        var changed = stored.ChangeMetadata(Sample.Edits(("other", "b"), ("key", null), ("missing", null)))!;
        Assert.Multiple(() =>
        {
            Assert.That(changed.Metadata.Entries, Is.EqualTo(Sample.Metadata(("other", "b")).Entries));
            Assert.That(changed.ReportedMetadata.Reported, Is.EqualTo(stored.Metadata));
            Assert.That(changed.Version, Is.Not.EqualTo(stored.Version));
            Assert.That(changed.ChangeMetadata(Sample.Edits(("other", "b"), ("missing", null))), Is.Null);
        });
    }

    [Test]
    public void ChangeMetadata_OverFiftyEntries_CountsAfterMerging()
    {
        var full = Report("10").ChangeMetadata(Enumerable.Range(0, 50).ToDictionary(i => $"k{i}", string? (_) => "v"))!;
        Assert.Multiple(() =>
        {
            Assert.That(() => full.ChangeMetadata(Sample.Edits(("more", "v"))), Throws.TypeOf<ValidationException>());
            Assert.That(full.ChangeMetadata(Sample.Edits(("more", "v"), ("k0", null)))!.Metadata.Entries, Has.Count.EqualTo(50));
        });
    }

    [Test]
    public void CreateCopy_RandomHistory_EqualsOriginal([Range(1, 50)] int seed)
    {
        var original = RandomPayment(new Random(seed));
        var copy = Payment.CreateCopy(original.Id, original.Details, original.ReportedMetadata, [.. original.Adjustments]);
        var states = copy.Steps().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(Describe(states[^1]), Is.EqualTo(Describe(original)));
            Assert.That(states.Select(state => state.Revision), Is.EqualTo(Enumerable.Range(0, states.Count)));
            Assert.That(states[0].AdjustmentCount, Is.EqualTo(1));
            Assert.That(original.MergeCopy(copy), Is.Empty);
        });
    }

    [Test]
    public void CreateCopy_RandomAdjustments_RejectsContradictions([Range(1, 100)] int seed)
    {
        var random = new Random(seed);
        var payment = Report("100");
        PaymentAdjustment[] adjustments = [RandomAdjustment(random), RandomAdjustment(random), RandomAdjustment(random), RandomAdjustment(random)];
        var isValid = adjustments.Any(adjustment => adjustment.Reference == payment.Reference)
            && adjustments.DistinctBy(adjustment => (adjustment.Reference, adjustment.Status, adjustment.CreatedAt)).Count() == adjustments.Length
            && adjustments.Where(adjustment => adjustment.Status != PaymentStatus.Dispute)
                .GroupBy(adjustment => adjustment.Reference, adjustment => adjustment.Amount).All(amounts => amounts.Distinct().Count() == 1);
        Assert.That(
            () => Payment.CreateCopy(payment.Id, payment.Details, payment.ReportedMetadata, adjustments),
            isValid ? Throws.Nothing : Throws.TypeOf<ValidationException>());
    }

    [Test]
    public void CreateCopy_HistoryWithRepetition_KeepsIt()
    {
        var stored = Report("10").Adjust(Sample.Adjustment("re", PaymentStatus.Refunded, "4", 4))!.Adjust(Sample.Adjustment("re", PaymentStatus.Refunded, "4", 2))!;
        var copy = Payment.CreateCopy(stored.Id, stored.Details, stored.ReportedMetadata, [.. stored.Adjustments]);
        Assert.That((copy.AdjustmentCount, copy.Amount.ToString()), Is.EqualTo((3, "6")));
    }

    [Test]
    public void CreateCopy_ContradictingHistory_NamesEachField()
    {
        var payment = Report("10");
        var report = payment.LastAdjustment;
        var refund = Sample.Adjustment("r1", PaymentStatus.Refunded, "6", 1);
        (PaymentAdjustment[] History, string[] Fields)[] histories =
        [
            ([], ["adjustments"]),
            ([refund], ["adjustments"]),
            ([refund, refund, report], ["adjustments[0]"]),
            ([Later(refund), refund, report], ["adjustments[0].amount"]),
            ([Later(report), report, report], ["adjustments[1]", "adjustments[0].amount"]),
        ];
        Assert.Multiple(() =>
        {
            foreach (var (history, fields) in histories)
            {
                var invalid = Assert.Throws<ValidationException>(() => Payment.CreateCopy(payment.Id, payment.Details, payment.ReportedMetadata, history));
                Assert.That(invalid!.Errors.Select(error => error.Field), Is.EqualTo(fields));
            }
        });

        static PaymentAdjustment Later(PaymentAdjustment adjustment) =>
            adjustment with { CreatedAt = new Instant(Sample.Now.AddSeconds(9)), Amount = Sample.Value<MinorUnits>("1") };
    }

    [Test]
    public void MergeCopy_RandomHistories_AddsWhatReportsWouldAdd([Range(1, 200)] int seed)
    {
        var random = new Random(seed);
        var (stored, copy) = (RandomHistory(), RandomHistory());
        var (expected, contradicts) = (stored, false);
        foreach (var adjustment in copy.Adjustments.Reverse())
        {
            try
            {
                expected = expected.Adjust(adjustment) ?? expected;
            }
            catch (ConflictException e)
            {
                // A repetition, whose createdAt differs, is left out.
                contradicts |= e.Errors.Any(error => error.Field == "amount");
            }
        }

        if (contradicts)
        {
            Assert.That(() => stored.MergeCopy(copy), Throws.TypeOf<ConflictException>());
        }
        else
        {
            Assert.That(Describe(stored.MergeCopy(copy).LastOrDefault(stored)), Is.EqualTo(Describe(expected)));
        }

        Payment RandomHistory()
        {
            var payment = Report("100");
            for (var i = 0; i < 5; i++)
            {
                try
                {
                    payment = payment.Adjust(RandomAdjustment(random)) ?? payment;
                }
                catch (ConflictException)
                {
                }
            }

            return payment;
        }
    }

    [Test]
    public void MergeCopy_CopyHasMore_AddsMissingAdjustmentsAndValues()
    {
        var stored = Report("10", metadata: "a").Adjust(Sample.Adjustment("r1", PaymentStatus.Refunded, "1", 3))!;
        var copy = Report("10", metadata: "a", source: Account).Adjust(Sample.Adjustment("r2", PaymentStatus.Refunded, "2", 2))!
            .Adjust(Sample.Adjustment("r1", PaymentStatus.Refunded, "1", 3))!.Adjust(Sample.Adjustment("r1", PaymentStatus.Refunded, "1", 1))!.Adjust(Sample.Adjustment("d", PaymentStatus.Dispute, "1", 4))!
            .ChangeMetadata(Sample.Edits(("key", "b")))!;
        var states = stored.MergeCopy(copy);
        Assert.Multiple(() =>
        {
            Assert.That(states.Select(state => state.Revision), Is.EqualTo((int[])[2, 3, 4]));
            Assert.That(states.Select(state => state.LastAdjustment.Reference.Text), Is.EqualTo((string[])["r1", "r2", "d"]));
            Assert.That(states[^1].Metadata, Is.EqualTo(copy.Metadata));
            Assert.That(states[^1].Details.SourceAccountId, Is.EqualTo(Account));
            Assert.That(states[^1].Amount.ToString(), Is.EqualTo("7"));
            Assert.That(states[^1].MergeCopy(copy), Is.Empty);
        });
    }

    // The dispute is of the captured amount, which has a later createdAt.
    [Test]
    public void CreateCopy_DisputeBeforeItsCapture_EqualsOriginal()
    {
        var original = Report("1000", PaymentStatus.Pending).Adjust(Sample.Adjustment("ref-001", PaymentStatus.Succeeded, "600", 5))!
            .Adjust(Sample.Adjustment("ref-001", PaymentStatus.Dispute, "600", 3))!;
        var copy = Payment.CreateCopy(original.Id, original.Details, original.ReportedMetadata, [.. original.Adjustments]);
        var disputeAlone = Report("600", PaymentStatus.Dispute, 3);
        Assert.That(Describe(copy), Is.EqualTo(Describe(original)));
        Assert.That(Describe(disputeAlone.MergeCopy(copy)[^1]), Is.EqualTo(Describe(original)));
    }

    [Test]
    public void MergeCopy_AfterInterruptedImport_AddsRepetitionsToo()
    {
        var original = Report("10").Adjust(Sample.Adjustment("re", PaymentStatus.Refunded, "4", 4))!.Adjust(Sample.Adjustment("re", PaymentStatus.Refunded, "4", 2))!;
        var copy = Payment.CreateCopy(original.Id, original.Details, original.ReportedMetadata, [.. original.Adjustments]);
        foreach (var step in copy.Steps())
        {
            Assert.That(step.MergeCopy(copy).LastOrDefault(step).Adjustments, Is.EqualTo(copy.Adjustments), $"after {step.AdjustmentCount}");
        }
    }

    [Test]
    public void MergeCopy_EditedOnBothSidesButReportedOnlyThere_KeepsEdit()
    {
        var edited = Report("10").ChangeMetadata(Sample.Edits(("key", "c")))!;
        var copy = Report("10", metadata: "a").ChangeMetadata(Sample.Edits(("key", "c")))!;
        Assert.That(edited.MergeCopy(copy)[^1].Metadata, Is.EqualTo(copy.Metadata));
        Assert.That(MergeConflicts(edited, Report("10", metadata: "a").ChangeMetadata(Sample.Edits(("key", "d")))!), Is.EqualTo((string[])["metadata.key"]));
    }

    [Test]
    public void MergeCopy_Repetition_AddsNothing()
    {
        var stored = Report("10").Adjust(Sample.Adjustment("r1", PaymentStatus.Refunded, "1", 1))!;
        var copy = Report("10").Adjust(Sample.Adjustment("r1", PaymentStatus.Refunded, "1", 3))!;
        Assert.That(stored.MergeCopy(copy), Is.Empty);
    }

    [Test]
    public void MergeCopy_ContradictingCopy_NamesEachField()
    {
        var stored = Report("10", PaymentStatus.Pending, source: Account).Adjust(Sample.Adjustment("r1", PaymentStatus.Refunded, "6", 1))!;
        var other = Report("11", PaymentStatus.Pending, scheme: PaymentScheme.Amex, asset: "EUR/2");
        var more = Report("10", PaymentStatus.Pending).Adjust(Sample.Adjustment("r2", PaymentStatus.Refunded, "5", 2))!;
        var less = Report("10", PaymentStatus.Pending).Adjust(Sample.Adjustment("r1", PaymentStatus.Refunded, "5", 1))!;
        Assert.Multiple(() =>
        {
            Assert.That(MergeConflicts(stored, other), Is.EqualTo((string[])["scheme", "asset", "adjustments[0].amount"]));
            Assert.That(MergeConflicts(stored, more), Is.EqualTo((string[])["adjustments"]));
            Assert.That(MergeConflicts(stored, less), Is.EqualTo((string[])["adjustments[0].amount"]));
        });
    }

    [Test]
    public void MergeCopy_EditedMetadata_OverwritesNoEdit()
    {
        var first = Report("10", metadata: "a");
        var (edited, other) = (Edited("b"), Edited("c"));
        Assert.Multiple(() =>
        {
            Assert.That(edited.MergeCopy(first), Is.Empty);
            Assert.That(edited.MergeCopy(edited), Is.Empty);
            Assert.That(first.MergeCopy(edited).Single().Metadata, Is.EqualTo(edited.Metadata));
            Assert.That(MergeConflicts(edited, other), Is.EqualTo((string[])["metadata.key"]));
        });

        Payment Edited(string text) => first.ChangeMetadata(Sample.Edits(("key", text)))!;
    }

    [Test]
    public void MergeCopy_EditsOfBothSidesBeyondTheLimit_NamesMetadata()
    {
        var first = Report("10");
        var (stored, copy) = (Edited("a"), Edited("b"));
        Assert.That(MergeConflicts(stored, copy), Is.EqualTo((string[])["metadata"]));

        Payment Edited(string prefix) =>
            first.ChangeMetadata(Enumerable.Range(0, Metadata.MaxEntries).ToDictionary(i => $"{prefix}{i}", _ => (string?)"v"))!;
    }

    // The payment itself, a dispute, or a refund of 20, 40 or 60, which together are more than the payment. Few have another amount.
    private static PaymentAdjustment RandomAdjustment(Random random)
    {
        var (number, seconds) = (random.Next(5), random.Next(4));
        var isOther = random.Next(10) == 0;
        return number switch
        {
            0 => Sample.Adjustment("ref-001", PaymentStatus.Succeeded, isOther ? "50" : "100", seconds),
            4 => Sample.Adjustment("d", PaymentStatus.Dispute, "100", seconds),
            _ => Sample.Adjustment($"r{number}", PaymentStatus.Refunded, isOther ? "50" : $"{number * 20}", seconds),
        };
    }

    private static Payment RandomPayment(Random random)
    {
        var statuses = Enum.GetValues<PaymentStatus>();
        var payment = Report("100", PaymentStatus.Pending, metadata: "a");
        for (var i = 0; i < 15; i++)
        {
            // Some adjustments are before the first report or at the same time.
            try
            {
                payment = payment.Adjust(Sample.Adjustment($"s{random.Next(6)}", statuses[random.Next(statuses.Length)], $"{random.Next(3)}", random.Next(-2, 3))) ?? payment;
            }
            catch (ConflictException)
            {
            }
        }

        return random.Next(2) == 0 ? payment : payment.ChangeMetadata(Sample.Edits(("key", null), ("other", "b")))!;
    }

    private static string Describe(Payment payment) => string.Join(
        ' ',
        payment.Status,
        payment.InitialAmount,
        payment.Amount,
        payment.CreatedAt,
        string.Join(',', payment.Metadata.Entries),
        string.Join(',', payment.ReportedMetadata.Reported.Entries),
        string.Join(',', payment.Adjustments));

    private static string[] MergeConflicts(Payment stored, Payment copy) =>
        [.. Assert.Throws<ConflictException>(() => stored.MergeCopy(copy))!.Errors.Select(error => error.Field)];

    private static Payment Report(
        string amount,
        PaymentStatus status = PaymentStatus.Succeeded,
        int seconds = 0,
        AccountId? source = null,
        string? metadata = null,
        string raw = "{}",
        PaymentScheme scheme = PaymentScheme.Visa,
        string asset = "USD/2") => Sample.Payment(
            null,
            "ref-001",
            amount,
            status,
            seconds,
            source,
            metadata: metadata is null ? null : Sample.Metadata(("key", metadata)),
            raw: raw,
            scheme: scheme,
            asset: asset);

    private static string[] Fields(Func<Payment?> change) =>
        [.. Assert.Throws<ConflictException>(() => change())!.Errors.Select(error => error.Field)];
}
