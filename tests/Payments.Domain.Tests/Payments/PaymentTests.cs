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
    public void Create_WhenSound_HasItsCreationAsItsOnlyAdjustment()
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
    public void Create_WhenFirstReportedAsRefunded_KeepsItsAmount() =>
        Assert.That(Report("100", PaymentStatus.Refunded).Amount.ToString(), Is.EqualTo("100"));

    [Test]
    public void Create_AtTheEdgeOfTheFuture_TakesFiveMinutesAndNotOneTickMore()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Report("1", createdAt: Now.AddMinutes(5)), Throws.Nothing);
            Assert.That(() => Report("1", createdAt: Now.AddMinutes(5).AddTicks(1)), Throws.ArgumentException);
        });
    }

    [Test]
    public void Create_WhenAnEnumerationIsNotDefined_Throws()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Report("1", default(PaymentStatus)), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Report("1", scheme: (PaymentScheme)25), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Report("1", type: (PaymentType)5), Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void Restore_WhenTheFirstAdjustmentIsNotTheCreation_Throws()
    {
        var payment = Report("1");
        var foreign = payment.LastAdjustment with { Reference = Sample.Value<PaymentReference>("another") };
        Assert.Multiple(() =>
        {
            Assert.That(() => Restore(payment, foreign), Throws.ArgumentException);
            Assert.That(() => Restore(payment), Throws.ArgumentException);
        });
    }

    [Test]
    public void Restore_WhenMoreIsRefundedThanThereWas_Throws()
    {
        var payment = Report("10");
        var refund = payment.LastAdjustment with { Status = PaymentStatus.Refunded, Amount = Sample.Value<MinorUnits>("11") };
        Assert.That(() => Restore(payment, payment.LastAdjustment, refund), Throws.InstanceOf<OverflowException>());
    }

    [Test]
    public void Status_WhenAdjustmentsArriveOutOfOrder_IsThatOfTheLatestDateAndOfATieTheLaterWritten()
    {
        var first = Report("10", PaymentStatus.Pending, Now);
        var late = first.ApplyReport(Report("10", PaymentStatus.Succeeded, Now.AddDays(-1)))!;
        var tie = late.ApplyReport(Report("10", PaymentStatus.Failed, Now))!;
        Assert.Multiple(() =>
        {
            Assert.That(late.Status, Is.EqualTo(PaymentStatus.Pending));
            Assert.That(tie.Status, Is.EqualTo(PaymentStatus.Failed));
            Assert.That(
                tie.Adjustments.Select(adjustment => adjustment.Status),
                Is.EqualTo((PaymentStatus[])[PaymentStatus.Failed, PaymentStatus.Pending, PaymentStatus.Succeeded]));
        });
    }

    [Test]
    public void MoveOn_WhenTheSame_IsARepetition()
    {
        var stored = Report("10", metadata: "a");
        Assert.That(stored.ApplyReport(Report("10", metadata: "a", raw: """{"delivery":2}""")), Is.Null);
    }

    [Test]
    public void MoveOn_WhenEverythingDiffers_NamesEveryField()
    {
        var stored = Report("10", metadata: "a");
        var report = Report("11", createdAt: Now.AddSeconds(-1), scheme: PaymentScheme.Amex, asset: "EUR/2", source: Account, destination: Account);
        Assert.That(
            Conflicts(stored, report),
            Is.EqualTo((string[])["createdAt", "amount", "scheme", "asset", "sourceAccountID", "destinationAccountID", "metadata"]));
    }

    [Test]
    public void MoveOn_WhenTheFirstStatusIsRepeatedWithoutItsMetadata_Conflicts() =>
        Assert.That(Conflicts(Report("10", metadata: "a"), Report("10")), Is.EqualTo((string[])["metadata"]));

    [Test]
    public void MoveOn_WhenTheStatusIsNew_AddsAnAdjustmentAndLeavesTheRest()
    {
        var stored = Report("10", PaymentStatus.Pending, metadata: "a");
        var moved = stored.ApplyReport(Report("10", PaymentStatus.Succeeded, Now.AddSeconds(1), raw: """{"step":2}"""))!;
        Assert.Multiple(() =>
        {
            Assert.That(moved.Status, Is.EqualTo(PaymentStatus.Succeeded));
            Assert.That(moved.AdjustmentCount, Is.EqualTo(2));
            Assert.That(moved.LastAdjustment.Raw.Text, Is.EqualTo("""{"step":2}"""));
            Assert.That(moved.Raw, Is.EqualTo(stored.Raw));
            Assert.That(moved.CreatedAt, Is.EqualTo(stored.CreatedAt));
            Assert.That(moved.Metadata, Is.EqualTo(stored.Metadata));
            Assert.That(stored.AdjustmentCount, Is.EqualTo(1));
        });
    }

    [Test]
    public void MoveOn_WhenTheStatusIsNew_ComparesAllButItsDate()
    {
        var stored = Report("10", PaymentStatus.Pending, metadata: "a");
        var report = Report("11", PaymentStatus.Succeeded, Now.AddDays(-1), metadata: "b", scheme: PaymentScheme.Amex);
        Assert.That(Conflicts(stored, report), Is.EqualTo((string[])["amount", "scheme", "metadata"]));
    }

    [Test]
    public void MoveOn_WhenAnEarlierStatusIsRepeatedLate_ChangesNothing()
    {
        var stored = Report("10", PaymentStatus.Pending).ApplyReport(Report("10", PaymentStatus.Succeeded, Now.AddSeconds(1)))!;
        Assert.Multiple(() =>
        {
            Assert.That(stored.ApplyReport(Report("10", PaymentStatus.Pending)), Is.Null);
            Assert.That(stored.ApplyReport(Report("10", PaymentStatus.Succeeded, Now.AddSeconds(1))), Is.Null);
            Assert.That(Conflicts(stored, Report("10", PaymentStatus.Succeeded, Now.AddSeconds(2))), Is.EqualTo((string[])["createdAt"]));
        });
    }

    [Test]
    public void MoveOn_WhenRefunded_TakesTheRefundOffTheAmountOnce()
    {
        var stored = Report("10", PaymentStatus.Succeeded);
        var moved = stored.ApplyReport(Report("4", PaymentStatus.Refunded, Now.AddSeconds(1)))!;
        Assert.Multiple(() =>
        {
            Assert.That(moved.Amount.ToString(), Is.EqualTo("6"));
            Assert.That(moved.InitialAmount.ToString(), Is.EqualTo("10"));
            Assert.That(moved.ApplyReport(Report("4", PaymentStatus.Refunded, Now.AddSeconds(1))), Is.Null);
            Assert.That(Conflicts(moved, Report("5", PaymentStatus.Refunded, Now.AddSeconds(1))), Is.EqualTo((string[])["amount"]));
        });
    }

    [Test]
    public void MoveOn_WhenRefunded_TakesAllThatIsLeftAndNotOneMore()
    {
        var stored = Report("10", PaymentStatus.Succeeded);
        Assert.Multiple(() =>
        {
            Assert.That(stored.ApplyReport(Report("10", PaymentStatus.Refunded))!.Amount.ToString(), Is.EqualTo("0"));
            Assert.That(Conflicts(stored, Report("11", PaymentStatus.Refunded)), Is.EqualTo((string[])["amount"]));
        });
    }

    [Test]
    public void Adjust_OfAPaymentThatHasHadAllItsSteps_Conflicts()
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
    public void MoveOn_AfterTheMetadataWasChanged_ComparesWithTheFirst()
    {
        var changed = Report("10", metadata: "a").ChangeMetadata(new Dictionary<string, string?> { ["key"] = "b" })!;
        Assert.Multiple(() =>
        {
            Assert.That(changed.ApplyReport(Report("10", metadata: "a")), Is.Null);
            Assert.That(Conflicts(changed, Report("10", metadata: "b")), Is.EqualTo((string[])["metadata"]));
        });
    }

    [Test]
    public void Adjust_UnderAReferenceOfItsOwn_IsKnownByReferenceAndStatus()
    {
        var stored = Report("10");
        var refund = Step("r1", PaymentStatus.Refunded, "4", 1);
        var once = stored.Adjust(refund)!;
        var twice = once.Adjust(Step("r2", PaymentStatus.Refunded, "4", 2))!;
        Assert.Multiple(() =>
        {
            Assert.That(once.Amount.ToString(), Is.EqualTo("6"));
            Assert.That(twice.Amount.ToString(), Is.EqualTo("2"));
            Assert.That(twice.Adjust(refund), Is.Null);
            Assert.That(twice.Adjust(refund with { Raw = new RawJson("""{"delivery":2}""") }), Is.Null);
            Assert.That(twice.Adjust(Step("r1", PaymentStatus.RefundedFailure, "4", 3))!.Amount.ToString(), Is.EqualTo("2"));
            Assert.That(
                Fields(() => twice.Adjust(Step("r1", PaymentStatus.Refunded, "3", 2))), Is.EqualTo((string[])["createdAt", "amount"]));
            Assert.That(Fields(() => twice.Adjust(Step("r3", PaymentStatus.Refunded, "3", 4))), Is.EqualTo((string[])["amount"]));
        });
    }

    [Test]
    public void Adjust_OfRandomHistoriesInRandomOrders_EndsInTheSameState([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        var statuses = Enum.GetValues<PaymentStatus>();
        var steps = Enumerable.Range(0, 12)
            .Select(i => Step($"s{i}", statuses[random.Next(statuses.Length)], $"{random.Next(3)}", seconds: i - 6))
            .ToArray();
        var orders = Enumerable.Range(0, 10).Select(_ => steps.ToArray()).ToArray();
        foreach (var order in orders)
        {
            random.Shuffle(order);
        }

        var ends = orders.Select(order =>
        {
            // Each step is delivered once or twice.
            var payment = order.SelectMany(step => Enumerable.Repeat(step, random.Next(1, 3)))
                .Aggregate(Report("100", PaymentStatus.Pending, Now.AddDays(-1)), (stored, step) => stored.Adjust(step) ?? stored);
            return (payment.Status, payment.Amount, string.Join(',', payment.Adjustments.Select(adjustment => adjustment.Reference)));
        });

        var refunded = steps.Where(step => step.Status == PaymentStatus.Refunded).Sum(step => (int)step.Amount.Value);
        Assert.That(
            ends.Distinct(),
            Is.EqualTo(new[] { (steps[^1].Status, Sample.Value<MinorUnits>($"{100 - refunded}"), string.Join(',', steps.Reverse().Select(step => step.Reference)) + ",ref-001") }));
    }

    [Test]
    public void ChangeMetadata_MergesAndTakesOut()
    {
        var stored = Report("10", metadata: "a");
        var changed = stored.ChangeMetadata(new Dictionary<string, string?> { ["other"] = "b", ["key"] = null, ["missing"] = null })!;
        Assert.Multiple(() =>
        {
            Assert.That(changed.Metadata.Entries, Is.EqualTo(new Dictionary<string, string> { ["other"] = "b" }));
            Assert.That(changed.FirstMetadata, Is.EqualTo(stored.Metadata));
            Assert.That(changed.Version, Is.Not.EqualTo(stored.Version));
            Assert.That(changed.ChangeMetadata(new Dictionary<string, string?> { ["other"] = "b", ["missing"] = null }), Is.Null);
        });
    }

    [Test]
    public void ChangeMetadata_CountsTheEntriesAfterMerging()
    {
        var full = Report("10").ChangeMetadata(Enumerable.Range(0, 50).ToDictionary(i => $"k{i}", string? (_) => "v"))!;
        Assert.Multiple(() =>
        {
            Assert.That(() => full.ChangeMetadata(new Dictionary<string, string?> { ["more"] = "v" }), Throws.TypeOf<ValidationException>());
            Assert.That(full.ChangeMetadata(new Dictionary<string, string?> { ["more"] = "v", ["k0"] = null })!.Metadata.Entries, Has.Count.EqualTo(50));
        });
    }

    [Test]
    public void LiveAgain_OfRandomHistories_IsThePaymentThatTheyWereReadFrom([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        var statuses = Enum.GetValues<PaymentStatus>();
        var lived = Report("100", PaymentStatus.Pending, metadata: "a");
        for (var i = 0; i < 12; i++)
        {
            // Before the creation, at its instant and after it, with ties among themselves.
            lived = lived.Adjust(Step($"s{i}", statuses[random.Next(statuses.Length)], $"{random.Next(3)}", random.Next(-2, 3)))!;
        }

        lived = lived.ChangeMetadata(new Dictionary<string, string?> { ["key"] = "b" })!;
        var again = Report("100", PaymentStatus.Pending, metadata: "a").ReplayHistory([.. lived.Adjustments], lived.Metadata);
        Assert.Multiple(() =>
        {
            Assert.That(again.Adjustments, Is.EqualTo(lived.Adjustments));
            Assert.That((again.Status, again.Amount), Is.EqualTo((lived.Status, lived.Amount)));
            Assert.That((again.Metadata, again.FirstMetadata), Is.EqualTo((lived.Metadata, lived.FirstMetadata)));
            Assert.That(lived.MergeCopy(again), Is.Empty);
        });
    }

    [Test]
    public void LiveAgain_OfWhatIsNoLifeOfIts_IsRefused()
    {
        var creation = Report("10");
        var refund = Step("r1", PaymentStatus.Refunded, "6", 1);
        PaymentAdjustment[][] noLives =
        [
            [],
            [refund],
            [creation.LastAdjustment, refund],
            [refund, refund, creation.LastAdjustment],
            [refund with { Amount = Sample.Value<MinorUnits>("1") }, refund, creation.LastAdjustment],
            [Step("r2", PaymentStatus.Refunded, "5", 2), refund, creation.LastAdjustment],
            [refund, creation.LastAdjustment, creation.LastAdjustment],
            [refund, creation.LastAdjustment with { Amount = Sample.Value<MinorUnits>("11") }],
        ];
        Assert.Multiple(() =>
        {
            Assert.That(creation.ReplayHistory([refund, creation.LastAdjustment], Metadata.Empty).Amount.ToString(), Is.EqualTo("4"));
            foreach (var noLife in noLives)
            {
                Assert.That(
                    Assert.Throws<ValidationException>(() => creation.ReplayHistory(noLife, Metadata.Empty))!.Errors.Select(error => error.Field),
                    Is.EqualTo((string[])["adjustments"]));
            }
        });
    }

    [Test]
    public void CatchUp_WithACopyThatKnowsMore_TakesOverWhatItLacksOneByOne()
    {
        var stored = Report("10", metadata: "a").Adjust(Step("r1", PaymentStatus.Refunded, "1", 3))!;
        var copy = Report("10", metadata: "a").Adjust(Step("r2", PaymentStatus.Refunded, "2", 2))!
            .Adjust(Step("r1", PaymentStatus.Refunded, "1", 3))!.Adjust(Step("d", PaymentStatus.Dispute, "1", 4))!
            .ChangeMetadata(new Dictionary<string, string?> { ["key"] = "b" })!;
        var changes = stored.MergeCopy(copy);
        Assert.Multiple(() =>
        {
            Assert.That(changes.Select(change => change.Version), Is.EqualTo((string[])["3-0", "4-0", "4-1"]));
            Assert.That(changes.Take(2).Select(change => change.LastAdjustment.Reference.Text), Is.EqualTo((string[])["r2", "d"]));
            Assert.That(changes[^1].Metadata, Is.EqualTo(copy.Metadata));
            Assert.That(changes[^1].Amount.ToString(), Is.EqualTo("7"));
            Assert.That(changes[^1].MergeCopy(copy), Is.Empty);
        });
    }

    [Test]
    public void CatchUp_WithACopyThatContradicts_NamesEveryField()
    {
        var stored = Report("10", PaymentStatus.Pending, metadata: "a").Adjust(Step("r1", PaymentStatus.Refunded, "6", 1))!;
        var other = Report("11", PaymentStatus.Failed, Now.AddSeconds(-1), scheme: PaymentScheme.Amex, asset: "EUR/2", source: Account, destination: Account);
        var more = Report("10", PaymentStatus.Pending, metadata: "a").Adjust(Step("r2", PaymentStatus.Refunded, "5", 2))!;
        var less = Report("10", PaymentStatus.Pending, metadata: "a").Adjust(Step("r1", PaymentStatus.Refunded, "5", 2))!;
        Assert.Multiple(() =>
        {
            Assert.That(
                CatchUpConflicts(stored, other),
                Is.EqualTo((string[])["createdAt", "initialAmount", "adjustments", "scheme", "asset", "sourceAccountID", "destinationAccountID", "metadata"]));
            Assert.That(CatchUpConflicts(stored, more), Is.EqualTo((string[])["adjustments[0].amount"]));
            Assert.That(CatchUpConflicts(stored, less), Is.EqualTo((string[])["adjustments[0].createdAt", "adjustments[0].amount"]));
        });
    }

    [Test]
    public void CatchUp_WithOtherMetadata_OverwritesNothingThatSomebodyChanged()
    {
        var first = Report("10", metadata: "a");
        var (changed, other) = (Annotated("b"), Annotated("c"));
        var back = changed.ChangeMetadata(new Dictionary<string, string?> { ["key"] = "a" })!;
        Assert.Multiple(() =>
        {
            Assert.That(changed.MergeCopy(first), Is.Empty);
            Assert.That(changed.MergeCopy(changed), Is.Empty);
            Assert.That(first.MergeCopy(changed).Single().Metadata, Is.EqualTo(changed.Metadata));
            Assert.That(CatchUpConflicts(changed, other), Is.EqualTo((string[])["metadata"]));
            Assert.That(CatchUpConflicts(back, changed), Is.EqualTo((string[])["metadata"]));
            Assert.That(
                CatchUpConflicts(first, Report("10", metadata: "x").ChangeMetadata(new Dictionary<string, string?> { ["key"] = "a" })!),
                Is.EqualTo((string[])["firstMetadata"]));
        });

        Payment Annotated(string text) => first.ChangeMetadata(new Dictionary<string, string?> { ["key"] = text })!;
    }

    private static string[] CatchUpConflicts(Payment stored, Payment copy) =>
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
        Payment.Restore(payment.Id, payment.Details, payment.Metadata, payment.Metadata, 0, written);

    private static string[] Conflicts(Payment stored, Payment report) => Fields(() => stored.ApplyReport(report));

    private static string[] Fields(Func<Payment?> change) =>
        [.. Assert.Throws<ConflictException>(() => change())!.Errors.Select(error => error.Field)];
}
