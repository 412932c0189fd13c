using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Tests.Payments;

internal sealed class PaymentRepositoryTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private const string Largest = "99999999999999999999999999999999999999";

    private ConnectorId _connector = null!;

    [OneTimeSetUp]
    public async Task InstallAsync()
    {
        var connector = Sample.Connector();
        await Connectors.AddAsync(connector, default);
        _connector = connector.Id;
    }

    [Test]
    public async Task AddAsync_OfTheSmallestPayment_IsReadBackTheSame() => await AssertRoundTripAsync(Sample.Payment(_connector, amount: "0"));

    [Test]
    public async Task AddAsync_OfTheLargestPayment_IsReadBackTheSame()
    {
        var reference = string.Concat(Enumerable.Repeat("😀", 1000));
        var account = Sample.Value<AccountId>(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
            $$"""{"ConnectorID":{"Provider":"{{new string('z', 64)}}","Reference":"{{Guid.NewGuid()}}"},"Reference":"{{reference}}"}""")));
        var metadata = Metadata.Restore(Enumerable.Range(0, 50).ToDictionary(i => $"{i:D3}".PadRight(100, 'k'), _ => new string('ü', 1000)));
        var raw = $$"""{ "number": 123456789012345678901234567890.10, "text": "{{new string('x', 250_000)}}😀\ud800" }""";

        await AssertRoundTripAsync(Sample.Payment(
            _connector, reference, Largest, source: account, destination: account, metadata: metadata, raw: raw));
    }

    [TestCase("1.0000001")]
    [TestCase("59.9999999")]
    [TestCase("0.5")]
    public async Task AddAsync_OfAFractionOfASecond_KeepsItToTheMicrosecondAtLeast(string seconds)
    {
        // SQL Server keeps 100 ns; a server of the same protocol may keep a microsecond, so the seventh digit is SQLite's and SQL Server's to keep.
        var payment = At($"2024-05-01T12:00:{(seconds.IndexOf('.') == 1 ? "0" : "")}{seconds}Z");
        await Payments.AddAsync(payment, default);
        var stored = await Payments.FindAsync(payment.Id, default);
        var tolerance = typeof(TDatabase) == typeof(SqliteTestDatabase) ? 0 : TimeSpan.TicksPerMicrosecond;
        Assert.That(stored!.CreatedAt.Utc.Ticks, Is.EqualTo(payment.CreatedAt.Utc.Ticks).Within(tolerance));
    }

    [Test]
    public async Task AddAsync_OfTextThatDiffersOnlyInCase_IsAnotherPayment()
    {
        var lower = Sample.Payment(_connector, "case");
        var upper = Sample.Payment(_connector, "CASE");
        Assert.Multiple(async () =>
        {
            Assert.That(await Payments.AddAsync(lower, default), Is.True);
            Assert.That(await Payments.AddAsync(upper, default), Is.True);
            Assert.That((await Payments.FindAsync(upper.Id, default))!.Reference.Text, Is.EqualTo("CASE"));
        });
    }

    [Test]
    public async Task AddAsync_OfAnIdThatIsThere_WritesNothing()
    {
        var stored = Sample.Payment(_connector, "twice");
        await Payments.AddAsync(stored, default);

        var outcome = await Payments.AddAsync(Sample.Payment(_connector, "twice", amount: "7", status: PaymentStatus.Failed), default);

        Assert.That(outcome, Is.False);
        AssertSame(await Payments.FindAsync(stored.Id, default), stored);
    }

    [Test]
    public async Task AddAsync_WithoutItsConnector_WritesNothing()
    {
        var payment = Sample.Payment(Sample.Connector().Id);
        await Assert.ThrowsAsync<ValidationException>(() => Payments.AddAsync(payment, default));
        Assert.That(await Payments.FindAsync(payment.Id, default), Is.Null);
    }

    [Test]
    public async Task AddAsync_FiftyTimesAtOnce_AddsOne()
    {
        var payment = Sample.Payment(_connector);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => Payments.AddAsync(payment, default))));
        Assert.Multiple(() =>
        {
            Assert.That(outcomes.Count(outcome => outcome), Is.EqualTo(1));
            Assert.That(outcomes.Count(outcome => !outcome), Is.EqualTo(49));
        });
        AssertSame(await Payments.FindAsync(payment.Id, default), payment);
    }

    [Test]
    public async Task SaveAsync_AdjustmentTwentyTimesAtOnce_AppendsOne()
    {
        var payment = Sample.Payment(_connector);
        await Payments.AddAsync(payment, default);
        var moved = payment.ApplyReport(Sample.Payment(_connector, payment.Reference.Text, status: PaymentStatus.Succeeded, seconds: 1))!;

        var appended = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Payments.SaveAsync(payment, moved, default))));

        Assert.That(appended.Count(won => won), Is.EqualTo(1));
        AssertSame(await Payments.FindAsync(payment.Id, default), moved);
    }

    [Test]
    public async Task SaveAsync_AdjustmentWhenAnotherAdjustmentCameFirst_WritesNothing()
    {
        var payment = Sample.Payment(_connector);
        await Payments.AddAsync(payment, default);
        var disputed = payment.ApplyReport(Sample.Payment(_connector, payment.Reference.Text, status: PaymentStatus.Dispute, seconds: 1))!;
        var refunded = payment.ApplyReport(Sample.Payment(_connector, payment.Reference.Text, "40", PaymentStatus.Refunded, seconds: 2))!;

        Assert.That(await Payments.SaveAsync(payment, disputed, default), Is.True);
        Assert.That(await Payments.SaveAsync(payment, refunded, default), Is.False);

        AssertSame(await Payments.FindAsync(payment.Id, default), disputed);
        await AssertColumnsAsync(disputed);
    }

    [Test]
    public async Task SaveAsync_AdjustmentOfARefund_KeepsStatusAndAmountOfTheRowInStep()
    {
        var payment = Sample.Payment(_connector, amount: Largest);
        await Payments.AddAsync(payment, default);
        await AssertColumnsAsync(payment);
        var refunded = payment.ApplyReport(Sample.Payment(_connector, payment.Reference.Text, "1", PaymentStatus.Refunded, seconds: 2))!;

        await Payments.SaveAsync(payment, refunded, default);

        Assert.That(refunded.Amount.ToString(), Is.EqualTo("99999999999999999999999999999999999998"));
        await AssertColumnsAsync(refunded);
    }

    [Test]
    public async Task SaveAsync_MetadataIsReadBackBesideTheFirst()
    {
        var payment = Sample.Payment(_connector, metadata: Metadata.Restore(new Dictionary<string, string> { ["a"] = "1" }));
        await Payments.AddAsync(payment, default);
        var changed = payment.ChangeMetadata(new Dictionary<string, string?> { ["b"] = "😀" })!;
        Assert.That(await Payments.SaveAsync(payment, changed, default), Is.True);
        AssertSame(await Payments.FindAsync(payment.Id, default), changed);
    }

    [Test]
    public async Task SaveAsync_MetadataWhenAnotherChangeCameFirst_WritesNothing()
    {
        var payment = Sample.Payment(_connector);
        await Payments.AddAsync(payment, default);
        var first = payment.ChangeMetadata(new Dictionary<string, string?> { ["a"] = "1" })!;
        var second = payment.ChangeMetadata(new Dictionary<string, string?> { ["b"] = "2" })!;
        Assert.That(await Payments.SaveAsync(payment, first, default), Is.True);
        Assert.That(await Payments.SaveAsync(payment, second, default), Is.False);
        AssertSame(await Payments.FindAsync(payment.Id, default), first);
    }

    [Test]
    public async Task SaveAsync_MetadataThatTakesOutWhatAnotherChangeKept_LeavesItToBeFound()
    {
        var payment = Sample.Payment(_connector, metadata: Metadata.Restore(new Dictionary<string, string> { ["kept"] = "1" }));
        await Payments.AddAsync(payment, default);
        Assert.That(await Payments.SaveAsync(payment, payment.ChangeMetadata(new Dictionary<string, string?> { ["a"] = "1" })!, default), Is.True);
        Assert.That(await Payments.SaveAsync(payment, payment.ChangeMetadata(new Dictionary<string, string?> { ["kept"] = null })!, default), Is.False);
        Assert.That((await Payments.ListAsync(new PaymentFilter.HasMetadata("kept"), new PageRequest(10), default)).Items.Select(found => found.Id), Is.EqualTo((PaymentId[])[payment.Id]));
    }

    [Test]
    public async Task SaveAsync_MetadataWhenTheSameChangeCameFirst_WritesNothing()
    {
        var payment = Sample.Payment(_connector);
        await Payments.AddAsync(payment, default);
        var changed = payment.ChangeMetadata(new Dictionary<string, string?> { ["a"] = "1" })!;
        Assert.That(await Payments.SaveAsync(payment, changed, default), Is.True);
        Assert.That(await Payments.SaveAsync(payment, changed, default), Is.False);
    }

    [Test]
    public async Task SaveAsync_MetadataWhenAnAdjustmentCameFirst_WritesNothing()
    {
        var payment = Sample.Payment(_connector);
        await Payments.AddAsync(payment, default);
        var moved = payment.ApplyReport(Sample.Payment(_connector, payment.Reference.Text, status: PaymentStatus.Failed, seconds: 1))!;
        await Payments.SaveAsync(payment, moved, default);
        Assert.That(await Payments.SaveAsync(payment, payment.ChangeMetadata(new Dictionary<string, string?> { ["a"] = "1" })!, default), Is.False);
        AssertSame(await Payments.FindAsync(payment.Id, default), moved);
    }

    [Test]
    public async Task FindAsync_WhileThePaymentIsMovedOn_NeverFailsNorSeesHalf()
    {
        var payment = Sample.Payment(_connector, amount: "1000");
        await Payments.AddAsync(payment, default);
        var statuses = Enum.GetValues<PaymentStatus>().Where(status => status != PaymentStatus.Pending).ToArray();
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                Assert.That((await Payments.FindAsync(payment.Id, default))!.AdjustmentCount, Is.GreaterThan(0));
            }
        })).ToArray();

        foreach (var status in statuses)
        {
            var changed = payment.ApplyReport(Sample.Payment(
                _connector, payment.Reference.Text, status == PaymentStatus.Refunded ? "1" : "1000", status, seconds: payment.AdjustmentCount))!;
            Assert.That(await Payments.SaveAsync(payment, changed, default), Is.True);
            payment = changed;
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
        AssertSame(await Payments.FindAsync(payment.Id, default), payment);
    }

    [Test]
    public async Task FindAsync_WhenNotStored_IsNull() =>
        Assert.That(await Payments.FindAsync(Sample.Payment(_connector).Id, default), Is.Null);

    private Payment At(string createdAt)
    {
        var payment = Sample.Payment(_connector);
        return Payment.Restore(
            payment.Id, payment.Details, payment.Metadata, payment.Metadata, 0,
            [payment.LastAdjustment with { CreatedAt = Sample.Value<Instant>(createdAt) }]);
    }

    private async Task AssertRoundTripAsync(Payment payment)
    {
        Assert.That(await Payments.AddAsync(payment, default), Is.True);
        AssertSame(await Payments.FindAsync(payment.Id, default), payment);
    }

    /// <summary>The columns that no read of one payment looks at.</summary>
    private async Task AssertColumnsAsync(Payment payment)
    {
        var rows = await Database.QueryAsync<StatusRow>(
            "SELECT status AS Status, CAST(amount AS varchar(38)) AS Amount FROM payments WHERE id_hash = @IdHash",
            new { IdHash = IdHash.Of(payment.Id) },
            default);
        Assert.That(
            rows.Select(row => (row.Status, Amount: MinorUnits.Restore(row.Amount))),
            Is.EqualTo(new[] { (WireName<PaymentStatus>.Of(payment.Status), payment.Amount) }));
    }

    private static void AssertSame(Payment? actual, Payment expected) =>
        Assert.That(Describe(actual!), Is.EqualTo(Describe(expected)));

    private static string Describe(Payment payment) => JsonSerializer.Serialize(new
    {
        Id = payment.Id.ToString(),
        payment.Details.Scheme,
        payment.Details.Asset.Code,
        Source = payment.Details.SourceAccountId?.ToString(),
        Destination = payment.Details.DestinationAccountId?.ToString(),
        CreatedAt = payment.CreatedAt.ToString(),
        InitialAmount = payment.InitialAmount.ToString(),
        Amount = payment.Amount.ToString(),
        payment.Status,
        First = payment.FirstMetadata.Entries,
        payment.Metadata.Entries,
        payment.Version,
        Raw = payment.Raw.Text,
        Adjustments = payment.Adjustments.Select(adjustment => adjustment.ToString()),
    });

    private sealed class StatusRow
    {
        public required string Status { get; init; }

        public required string Amount { get; init; }
    }
}
