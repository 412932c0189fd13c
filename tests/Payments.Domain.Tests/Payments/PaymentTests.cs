using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Domain.Tests.Payments;

public sealed class PaymentTests
{
    private static readonly DateTimeOffset Now = new(2024, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly ConnectorId Connector = new(Sample.Value<Provider>("stripe"), Guid.Parse("7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f"));

    private static readonly AccountId Account =
        Sample.Value<AccountId>("eyJDb25uZWN0b3JJRCI6eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9LCJSZWZlcmVuY2UiOiJhY2NfMSJ9");

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
        Assert.Multiple(() =>
        {
            Assert.That(() => Report("1", createdAt: Now.AddMinutes(5)), Throws.Nothing);
            Assert.That(() => Report("1", createdAt: Now.AddMinutes(5).AddTicks(1)), Throws.ArgumentException);
            Assert.That(() => Report("1", createdAt: DateTimeOffset.UnixEpoch), Throws.Nothing);
            Assert.That(() => Report("1", createdAt: DateTimeOffset.UnixEpoch.AddTicks(-1)), Throws.ArgumentException);
        });
    }

    [Test]
    public void Create_UndefinedEnumValue_Throws()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Report("1", default(PaymentStatus)), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Report("1", scheme: (PaymentScheme)25), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Report("1", type: (PaymentType)5), Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void Restore_NoAdjustmentUnderOwnReference_Throws()
    {
        var payment = Report("1");
        var foreign = payment.LastAdjustment with { Reference = Sample.Value<PaymentReference>("another") };
        Assert.Multiple(() =>
        {
            Assert.That(() => Restore(payment, foreign), Throws.ArgumentException);
            Assert.That(() => Restore(payment), Throws.ArgumentException);
            Assert.That(() => Restore(payment, foreign, payment.LastAdjustment), Throws.Nothing);
        });
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
        var changed = stored.ApplyReport(Report("10", PaymentStatus.Succeeded, Now.AddSeconds(1), raw: """{"number":2}"""))!;
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
        var stored = Report("10", PaymentStatus.Succeeded, Now, raw: """{"number":2}""");
        Assert.That(stored.ApplyReport(Report("10", PaymentStatus.Pending, Now.AddSeconds(-1), raw: """{"number":1}"""))!.Raw.Text, Is.EqualTo("""{"number":1}"""));
    }

    [Test]
    public void Adjust_MaxAdjustmentsReached_ThrowsConflict()
    {
        var payment = Report("10");
        for (var i = 1; i < Payment.MaxAdjustments; i++)
        {
            payment = payment.Adjust(Step(i))!;
        }

        Assert.Multiple(() =>
        {
            Assert.That(payment.AdjustmentCount, Is.EqualTo(1000));
            Assert.That(() => payment.Adjust(Step(1000)), Throws.TypeOf<ConflictException>());
            Assert.That(payment.Adjust(Step(999)), Is.Null, "a repetition is none of them");
        });

        static PaymentAdjustment Step(int i) =>
            new(Sample.Value<PaymentReference>($"step-{i}"), new Instant(Now), PaymentStatus.Dispute, Sample.Value<MinorUnits>("10"), new RawJson("{}"));
    }

    [Test]
    public void ApplyReport_KeyRemovedBefore_StaysRemoved()
    {
        var removed = Report("10").ChangeMetadata(new Dictionary<string, string?> { ["key"] = "x" })!.ChangeMetadata(new Dictionary<string, string?> { ["key"] = null })!;
        var reported = removed.ApplyReport(Report("10", metadata: "a"))!;
        Assert.Multiple(() =>
        {
            Assert.That(reported.Metadata.IsEmpty, Is.True);
            Assert.That(reported.ReportedMetadata.Reported.Entries["key"], Is.EqualTo("a"));
        });
    }

    [Test]
    public void ApplyReport_KeyEditedBefore_MustHaveCurrentValue()
    {
        var edited = Report("10").ChangeMetadata(new Dictionary<string, string?> { ["key"] = "x" })!;
        Assert.Multiple(() =>
        {
            Assert.That(Fields(() => edited.ApplyReport(Report("10", metadata: "a"))), Is.EqualTo((string[])["metadata.key"]));
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
        var changed = stored.ChangeMetadata(new Dictionary<string, string?> { ["other"] = "b", ["key"] = null, ["missing"] = null })!;
        Assert.Multiple(() =>
        {
            Assert.That(changed.Metadata.Entries, Is.EqualTo(new Dictionary<string, string> { ["other"] = "b" }));
            Assert.That(changed.ReportedMetadata.Reported, Is.EqualTo(stored.Metadata));
            Assert.That(changed.Version, Is.Not.EqualTo(stored.Version));
            Assert.That(changed.ChangeMetadata(new Dictionary<string, string?> { ["other"] = "b", ["missing"] = null }), Is.Null);
        });
    }

    [Test]
    public void ChangeMetadata_OverFiftyEntries_CountsAfterMerging()
    {
        var full = Report("10").ChangeMetadata(Enumerable.Range(0, 50).ToDictionary(i => $"k{i}", string? (_) => "v"))!;
        Assert.Multiple(() =>
        {
            Assert.That(() => full.ChangeMetadata(new Dictionary<string, string?> { ["more"] = "v" }), Throws.TypeOf<ValidationException>());
            Assert.That(full.ChangeMetadata(new Dictionary<string, string?> { ["more"] = "v", ["k0"] = null })!.Metadata.Entries, Has.Count.EqualTo(50));
        });
    }

    [Test]
    public void CreateCopy_RandomHistory_EqualsOriginal([Range(1, 50)] int seed)
    {
        var original = RandomPayment(new Random(seed));
        var copy = Payment.CreateCopy(original.Id, original.Details, original.ReportedMetadata, [.. original.Adjustments]);
        var steps = copy.Steps().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(Describe(steps[^1]), Is.EqualTo(Describe(original)));
            Assert.That(steps.Select(step => step.Revision), Is.EqualTo(Enumerable.Range(0, steps.Count)));
            Assert.That(steps[0].AdjustmentCount, Is.EqualTo(1));
            Assert.That(original.MergeCopy(copy), Is.Empty);
        });
    }

    [Test]
    public void CreateCopy_HistoryWithRepetition_KeepsIt()
    {
        var stored = Report("10").Adjust(Step("re", PaymentStatus.Refunded, "4", 4))!.Adjust(Step("re", PaymentStatus.Refunded, "4", 2))!;
        var copy = Payment.CreateCopy(stored.Id, stored.Details, stored.ReportedMetadata, [.. stored.Adjustments]);
        Assert.That((copy.AdjustmentCount, copy.Amount.ToString()), Is.EqualTo((3, "6")));
    }

    [Test]
    public void CreateCopy_ContradictingHistory_NamesEachField()
    {
        var creation = Report("10").LastAdjustment;
        var refund = Step("r1", PaymentStatus.Refunded, "6", 1);
        (PaymentAdjustment[] History, string[] Fields)[] histories =
        [
            ([], ["adjustments"]),
            ([refund], ["adjustments"]),
            ([refund, refund, creation], ["adjustments[0]"]),
            ([refund with { CreatedAt = new Instant(Now.AddSeconds(9)), Amount = Sample.Value<MinorUnits>("1") }, refund, creation], ["adjustments[0].amount"]),
            ([creation with { CreatedAt = new Instant(Now.AddSeconds(9)), Amount = Sample.Value<MinorUnits>("1") }, creation, creation], ["adjustments[1]", "adjustments[0].amount"]),
        ];
        Assert.Multiple(() =>
        {
            foreach (var (history, fields) in histories)
            {
                var invalid = Assert.Throws<ValidationException>(() => Payment.CreateCopy(Report("10").Id, Report("10").Details, new PaymentMetadata(Metadata.Empty), history));
                Assert.That(invalid!.Errors.Select(error => error.Field), Is.EqualTo(fields));
            }
        });
    }

    [Test]
    public void MergeCopy_CopyHasMore_AddsMissingAdjustmentsAndValues()
    {
        var stored = Report("10", metadata: "a").Adjust(Step("r1", PaymentStatus.Refunded, "1", 3))!;
        var copy = Report("10", metadata: "a", source: Account).Adjust(Step("r2", PaymentStatus.Refunded, "2", 2))!
            .Adjust(Step("r1", PaymentStatus.Refunded, "1", 3))!.Adjust(Step("r1", PaymentStatus.Refunded, "1", 1))!.Adjust(Step("d", PaymentStatus.Dispute, "1", 4))!
            .ChangeMetadata(new Dictionary<string, string?> { ["key"] = "b" })!;
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

    [Test]
    public void MergeCopy_Repetition_AddsNothing()
    {
        var stored = Report("10").Adjust(Step("r1", PaymentStatus.Refunded, "1", 1))!;
        var copy = Report("10").Adjust(Step("r1", PaymentStatus.Refunded, "1", 3))!;
        Assert.That(stored.MergeCopy(copy), Is.Empty);
    }

    [Test]
    public void MergeCopy_ContradictingCopy_NamesEachField()
    {
        var stored = Report("10", PaymentStatus.Pending, source: Account).Adjust(Step("r1", PaymentStatus.Refunded, "6", 1))!;
        var other = Report("11", PaymentStatus.Pending, scheme: PaymentScheme.Amex, asset: "EUR/2");
        var more = Report("10", PaymentStatus.Pending).Adjust(Step("r2", PaymentStatus.Refunded, "5", 2))!;
        var less = Report("10", PaymentStatus.Pending).Adjust(Step("r1", PaymentStatus.Refunded, "5", 1))!;
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

        Payment Edited(string text) => first.ChangeMetadata(new Dictionary<string, string?> { ["key"] = text })!;
    }

    private static Payment RandomPayment(Random random)
    {
        var statuses = Enum.GetValues<PaymentStatus>();
        var payment = Report("100", PaymentStatus.Pending, metadata: "a");
        for (var i = 0; i < 15; i++)
        {
            // Before the first report, at its time and after it, with ties among them.
            try
            {
                payment = payment.Adjust(Step($"s{random.Next(6)}", statuses[random.Next(statuses.Length)], $"{random.Next(3)}", random.Next(-2, 3))) ?? payment;
            }
            catch (ConflictException)
            {
            }
        }

        return random.Next(2) == 0 ? payment : payment.ChangeMetadata(new Dictionary<string, string?> { ["key"] = null, ["other"] = "b" })!;
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

    private static PaymentAdjustment Step(string reference, PaymentStatus status, string amount, int seconds) => new(
        Sample.Value<PaymentReference>(reference), new Instant(Now.AddSeconds(seconds)), status, Sample.Value<MinorUnits>(amount), new RawJson("{}"));

    private static Payment Report(
        string amount,
        PaymentStatus status = PaymentStatus.Succeeded,
        DateTimeOffset? createdAt = null,
        PaymentType type = PaymentType.PayIn,
        PaymentScheme scheme = PaymentScheme.Visa,
        string asset = "USD/2",
        AccountId? source = null,
        AccountId? destination = null,
        string? metadata = null,
        string raw = "{}") =>
        Payment.Create(
            new PaymentId(Connector, Sample.Value<PaymentReference>("ref-001"), type),
            new PaymentDetails(scheme, Sample.Value<Asset>(asset), source, destination),
            metadata is null ? Metadata.Empty : Metadata.Restore(new Dictionary<string, string> { ["key"] = metadata }),
            new PaymentAdjustment(Sample.Value<PaymentReference>("ref-001"), new Instant(createdAt ?? Now), status, Sample.Value<MinorUnits>(amount), new RawJson(raw)),
            Now);

    private static Payment Restore(Payment payment, params PaymentAdjustment[] written) =>
        Payment.Restore(payment.Id, payment.Details, payment.ReportedMetadata, 0, written);

    private static string[] Fields(Func<Payment?> change) =>
        [.. Assert.Throws<ConflictException>(() => change())!.Errors.Select(error => error.Field)];
}
