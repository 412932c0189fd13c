using System.Buffers.Text;
using System.Data.Common;
using System.Text;
using System.Text.Json;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.Changes;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Payments;

namespace Payments.Infrastructure.Tests.Payments;

internal sealed class PaymentRepositoryTests<TDatabase> : RepositoryTests<TDatabase, Payment>
    where TDatabase : ITestDatabase
{
    private const string LargestAmount = "99999999999999999999999999999999999999";

    [TestCase("1.0000001")]
    [TestCase("59.9999999")]
    [TestCase("0.5")]
    public async Task AddAsync_FractionOfASecond_KeepsMicroseconds(string seconds)
    {
        // SQLite and SQL Server keep seven digits. Other servers with the same protocol may keep six.
        var payment = At($"2024-05-01T12:00:{(seconds.IndexOf('.') == 1 ? "0" : "")}{seconds}Z");
        await Payments.AddAsync(payment, default);
        var stored = await Payments.FindAsync(payment.Id, default);
        var tolerance = typeof(TDatabase) == typeof(SqliteTestDatabase) ? 0 : TimeSpan.TicksPerMicrosecond;
        Assert.That(stored!.CreatedAt.Utc.Ticks, Is.EqualTo(payment.CreatedAt.Utc.Ticks).Within(tolerance));
    }

    [Test]
    public async Task SaveAsync_TwentyConcurrentEqualAdjustments_SavesOne()
    {
        var payment = Sample.Payment(Connector);
        await Payments.AddAsync(payment, default);
        var succeeded = payment.ApplyReport(Sample.Payment(Connector, payment.Reference.Text, status: PaymentStatus.Succeeded, seconds: 1))!;

        var saved = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Payments.SaveAsync(payment, succeeded, default))));

        Assert.That(saved.Count(isSaved => isSaved), Is.EqualTo(1));
        await AssertStoredAsync(succeeded);
    }

    [Test]
    public async Task SaveAsync_AdjustmentAfterOtherAdjustment_WritesNothing()
    {
        var payment = Sample.Payment(Connector);
        await Payments.AddAsync(payment, default);
        var disputed = payment.ApplyReport(Sample.Payment(Connector, payment.Reference.Text, status: PaymentStatus.Dispute, seconds: 1))!;
        var refunded = payment.ApplyReport(Sample.Payment(Connector, payment.Reference.Text, "40", PaymentStatus.Refunded, seconds: 2))!;

        Assert.That(await Payments.SaveAsync(payment, disputed, default), Is.True);
        Assert.That(await Payments.SaveAsync(payment, refunded, default), Is.False);

        await AssertStoredAsync(disputed);
        await AssertColumnsAsync(disputed);
    }

    [Test]
    public async Task SaveAsync_Refund_UpdatesStatusAndAmountColumns()
    {
        var payment = Sample.Payment(Connector, amount: LargestAmount);
        await Payments.AddAsync(payment, default);
        await AssertColumnsAsync(payment);
        var refunded = payment.ApplyReport(Sample.Payment(Connector, payment.Reference.Text, "1", PaymentStatus.Refunded, seconds: 2))!;

        await Payments.SaveAsync(payment, refunded, default);

        Assert.That(refunded.Amount.ToString(), Is.EqualTo("99999999999999999999999999999999999998"));
        await AssertColumnsAsync(refunded);
    }

    [Test]
    public async Task SaveAsync_Metadata_IsReadBackWithReportedMetadata()
    {
        var payment = Sample.Payment(Connector, metadata: Sample.Metadata(("a", "1")));
        await Payments.AddAsync(payment, default);
        var changed = payment.ChangeMetadata(Sample.Edits(("b", "😀")))!;
        Assert.That(await Payments.SaveAsync(payment, changed, default), Is.True);
        await AssertStoredAsync(changed);
    }

    [Test]
    public async Task SaveAsync_MetadataAfterOtherChange_WritesNothing()
    {
        var payment = Sample.Payment(Connector);
        await Payments.AddAsync(payment, default);
        var first = payment.ChangeMetadata(Sample.Edits(("a", "1")))!;
        var second = payment.ChangeMetadata(Sample.Edits(("b", "2")))!;
        Assert.That(await Payments.SaveAsync(payment, first, default), Is.True);
        Assert.That(await Payments.SaveAsync(payment, second, default), Is.False);
        await AssertStoredAsync(first);
    }

    [Test]
    public async Task SaveAsync_RemovalAfterOtherChange_LeavesEntrySearchable()
    {
        var payment = Sample.Payment(Connector, metadata: Sample.Metadata(("kept", "1")));
        await Payments.AddAsync(payment, default);
        Assert.That(await Payments.SaveAsync(payment, payment.ChangeMetadata(Sample.Edits(("a", "1")))!, default), Is.True);
        Assert.That(await Payments.SaveAsync(payment, payment.ChangeMetadata(Sample.Edits(("kept", null)))!, default), Is.False);
        Assert.That((await Store.ListPaymentsAsync(new PaymentFilter.HasMetadata("kept"), new PageRequest(10), default)).Items.Select(found => found.Id), Is.EqualTo((PaymentId[])[payment.Id]));
    }

    [Test]
    public async Task SaveAsync_SameMetadataAgain_WritesNothing()
    {
        var payment = Sample.Payment(Connector);
        await Payments.AddAsync(payment, default);
        var changed = payment.ChangeMetadata(Sample.Edits(("a", "1")))!;
        Assert.That(await Payments.SaveAsync(payment, changed, default), Is.True);
        Assert.That(await Payments.SaveAsync(payment, changed, default), Is.False);
    }

    [Test]
    public async Task SaveAsync_MetadataAfterAdjustment_WritesNothing()
    {
        var payment = Sample.Payment(Connector);
        await Payments.AddAsync(payment, default);
        var failed = payment.ApplyReport(Sample.Payment(Connector, payment.Reference.Text, status: PaymentStatus.Failed, seconds: 1))!;
        await Payments.SaveAsync(payment, failed, default);
        Assert.That(await Payments.SaveAsync(payment, payment.ChangeMetadata(Sample.Edits(("a", "1")))!, default), Is.False);
        await AssertStoredAsync(failed);
    }

    [TestCaseSource(typeof(HistoryCase), nameof(HistoryCase.All))]
    public async Task SaveAsync_HistoryCase_IsReadBackAfterEachReport(HistoryCase history)
    {
        var id = new PaymentId(Connector, Sample.Value<PaymentReference>($"{Guid.NewGuid()}"), PaymentType.PayIn);
        Payment? stored = null;
        foreach (var report in history.Reports.Where(report => report.Conflicts.Count == 0))
        {
            if (report.Apply(stored, id) is { } changed)
            {
                Assert.That(await (stored is null ? Payments.AddAsync(changed, default) : Payments.SaveAsync(stored, changed, default)), Is.True);
                await AssertStoredAsync(changed);
                await AssertColumnsAsync(changed);
            }

            stored = await Payments.FindAsync(id, default);
            Assert.That(report.Matches(stored!), report.Line);
        }
    }

    // The second attempt runs after the first one was committed, as when the connection breaks before the response.
    [TestCaseSource(typeof(HistoryCase), nameof(HistoryCase.All))]
    public async Task SaveAsync_RetriedAfterCommit_ReturnsFalseAndChangesNothing(HistoryCase history)
    {
        var payments = new PaymentRepository(Database, Store.Get<ISqlDialect>(), new EventWriter(new RetriedWrites(Database), TimeProvider.System));
        var id = new PaymentId(Connector, Sample.Value<PaymentReference>($"{Guid.NewGuid()}"), PaymentType.PayIn);
        Payment? stored = null;
        foreach (var report in history.Reports.Where(report => report.Conflicts.Count == 0))
        {
            if (report.Apply(stored, id) is { } changed)
            {
                Assert.That(await (stored is null ? payments.AddAsync(changed, default) : payments.SaveAsync(stored, changed, default)), Is.False);
                await AssertStoredAsync(changed);
                await AssertColumnsAsync(changed);
                stored = changed;
            }
        }

        foreach (var value in (string?[])["1", "2", null])
        {
            var edited = stored!.ChangeMetadata(new Dictionary<string, string?> { ["edited"] = value })!;
            Assert.That(await payments.SaveAsync(stored, edited, default), Is.False);
            await AssertStoredAsync(edited);
            await AssertColumnsAsync(edited);
            stored = edited;
        }
    }

    // Over the years, reports may have more keys than a payment has at one time.
    [Test]
    public async Task SaveAsync_CopyWithMoreReportedKeysThanEntries_IndexesEachEntry()
    {
        var reported = Metadata.Restore(Enumerable.Range(0, 2 * Metadata.MaxEntries).ToDictionary(i => $"k{i}", _ => "v"));
        var edits = reported.Entries.Keys.Take(Metadata.MaxEntries).ToDictionary(key => key, _ => (string?)null);
        var payment = Sample.Payment(Connector);
        Payment? stored = null;
        foreach (var step in Payment.CreateCopy(payment.Id, payment.Details, new PaymentMetadata(reported, edits), [.. payment.Adjustments]).Steps())
        {
            Assert.That(await (stored is null ? Payments.AddAsync(step, default) : Payments.SaveAsync(stored, step, default)), Is.True);
            stored = step;
        }

        await AssertStoredAsync(stored!);
        await AssertColumnsAsync(stored!);
    }

    [Test]
    public async Task SaveAsync_ConcurrentReports_SavesEachOnce()
    {
        for (var round = 0; round < 20; round++)
        {
            var random = new Random(round);
            var payment = Sample.Payment(Connector, status: PaymentStatus.Succeeded, amount: "1000", seconds: 100);
            await Payments.AddAsync(payment, default);
            PaymentAdjustment[] adjustments =
            [
                .. Enumerable.Range(0, 10).Select(i => payment.LastAdjustment with
                {
                    Reference = Sample.Value<PaymentReference>($"re{i}"),
                    Status = PaymentStatus.Refunded,
                    Amount = Sample.Value<MinorUnits>("10"),
                    CreatedAt = new Instant(Sample.Now.AddSeconds(random.Next(1000))),
                }),
                payment.LastAdjustment with { Status = PaymentStatus.Pending, CreatedAt = new Instant(Sample.Now) },
            ];

            // Each is sent twice.
            await Task.WhenAll(adjustments.Concat(adjustments).Select(adjustment => Task.Run(() => AdjustAsync(payment.Id, adjustment))));

            var stored = (await Payments.FindAsync(payment.Id, default))!;
            var expected = adjustments.Aggregate(payment, (state, adjustment) => state.Adjust(adjustment)!);
            Assert.That((stored.AdjustmentCount, stored.Revision, stored.Amount, stored.CreatedAt, stored.Status), Is.EqualTo((12, 11, expected.Amount, expected.CreatedAt, expected.Status)));
            await AssertColumnsAsync(stored);
        }

        async Task AdjustAsync(PaymentId id, PaymentAdjustment adjustment)
        {
            while (true)
            {
                var stored = (await Payments.FindAsync(id, default))!;
                if (stored.Adjust(adjustment) is not { } changed || await Payments.SaveAsync(stored, changed, default))
                {
                    return;
                }
            }
        }
    }

    [Test]
    public async Task SaveAsync_EarlierReport_MovesPaymentInEveryList()
    {
        var payment = Sample.Payment(Connector, seconds: 1000, metadata: Sample.Metadata(("moved", "1"), ("other", "1")));
        await Payments.AddAsync(payment, default);
        Assert.That((await Store.Reader.FindPositionAsync(payment.Id, default))!.HasMoved, Is.False);
        var moved = payment.ApplyReport(Sample.Payment(Connector, payment.Reference.Text, status: PaymentStatus.Failed, seconds: -1000))!;
        await Payments.SaveAsync(payment, moved, default);
        var found = (await Store.Reader.FindPositionAsync(payment.Id, default))!;
        Assert.That((found.HasMoved, found.Position.CreatedAt), Is.EqualTo((true, moved.CreatedAt)));
        PaymentFilter[] filters =
        [
            new PaymentFilter.HasMetadata("moved"),
            new PaymentFilter.OneOf(PaymentField.Metadata("other"), ["1"]),
            new PaymentFilter.OneOf(PaymentField.Id, [payment.Id.ToString()]),
            new PaymentFilter.Compared(PaymentField.CreatedAt, Comparison.Less, new Instant(Sample.Now.AddSeconds(-999)).ToString()),
        ];
        foreach (var filter in filters)
        {
            Assert.That((await Store.ListPaymentsAsync(filter, new PageRequest(10), default)).Items.Select(item => item.Id), Does.Contain(payment.Id), () => filter.ToString());
        }
    }

    // Without snapshots, SQL Server may read the adjustments after the payment moved. The next page must not skip what is between its two places.
    [Test]
    public async Task ListAsync_PaymentMovesDuringTheRead_NextPageStartsAtItsOldPlace()
    {
        Payment[] payments = [Sample.Payment(Connector, seconds: -5000), Sample.Payment(Connector, seconds: -5001)];
        foreach (var payment in payments)
        {
            await Payments.AddAsync(payment, default);
        }

        var oldPlace = new Instant(Sample.Now.AddSeconds(-4000));
        await Database.WriteAsync(
            "UPDATE payments SET created_at = @CreatedAt WHERE id_hash = @IdHash;", new { CreatedAt = oldPlace.Utc, IdHash = IdHash.Of(payments[0].Id) }, default);
        var ids = new PaymentFilter.OneOf(PaymentField.Id, [.. payments.Select(payment => payment.Id.ToString())]);
        var page = await Store.ListPaymentsAsync(ids, new PageRequest(1), default);
        Assert.That(page.Next!.Position!.CreatedAt, Is.EqualTo(oldPlace));
    }

    [Test]
    public async Task FindAsync_DuringAdjustments_ReadsCompletePayment()
    {
        var payment = Sample.Payment(Connector, amount: "1000");
        await Payments.AddAsync(payment, default);
        var statuses = Enum.GetValues<PaymentStatus>().Where(status => status != PaymentStatus.Pending).ToArray();
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                Assert.That((await Payments.FindAsync(payment.Id, default))!.AdjustmentCount, Is.GreaterThan(0));
                // Otherwise the readers keep the threads of the pool, and each save waits for another thread.
                await Task.Yield();
            }
        })).ToArray();

        foreach (var status in statuses)
        {
            var changed = payment.ApplyReport(Sample.Payment(
                Connector, payment.Reference.Text, status == PaymentStatus.Refunded ? "1" : "1000", status, seconds: payment.AdjustmentCount))!;
            Assert.That(await Payments.SaveAsync(payment, changed, default), Is.True);
            payment = changed;
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
        await AssertStoredAsync(payment);
    }

    protected override Payment Smallest() => Sample.Payment(Connector, amount: "0");

    protected override Payment Largest()
    {
        var reference = string.Concat(Enumerable.Repeat("😀", 1000));
        var account = Sample.Value<AccountId>(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
            $$"""{"ConnectorID":{"Provider":"{{new string('z', 64)}}","Reference":"{{Guid.NewGuid()}}"},"Reference":"{{reference}}"}""")));
        var metadata = Metadata.Restore(Enumerable.Range(0, 50).ToDictionary(i => $"{i:D3}".PadRight(100, 'k'), _ => new string('ü', 1000)));
        var raw = $$"""{ "number": 123456789012345678901234567890.10, "text": "{{new string('x', 250_000)}}😀\ud800" }""";
        return Sample.Payment(Connector, reference, LargestAmount, source: account, destination: account, metadata: metadata, raw: raw);
    }

    protected override Payment Create(ConnectorId connector, string? reference = null) => Sample.Payment(connector, reference);

    protected override Payment CreateOther(ConnectorId connector, string reference) =>
        Sample.Payment(connector, reference, amount: "7", status: PaymentStatus.Failed);

    protected override Task<bool> AddAsync(Payment item) => Payments.AddAsync(item, default);

    protected override Task<Payment?> FindAsync(Payment item) => Payments.FindAsync(item.Id, default);

    protected override string Describe(Payment item) => JsonSerializer.Serialize(new
    {
        Id = item.Id.ToString(),
        item.Details.Scheme,
        item.Details.Asset.Code,
        Source = item.Details.SourceAccountId?.ToString(),
        Destination = item.Details.DestinationAccountId?.ToString(),
        CreatedAt = item.CreatedAt.ToString(),
        InitialAmount = item.InitialAmount.ToString(),
        Amount = item.Amount.ToString(),
        item.Status,
        Reported = item.ReportedMetadata.Reported.Entries,
        item.ReportedMetadata.Edits,
        item.Metadata.Entries,
        item.Version,
        Raw = item.Raw.Text,
        Adjustments = item.Adjustments.Select(adjustment => adjustment.ToString()),
    });

    private Payment At(string createdAt)
    {
        var payment = Sample.Payment(Connector);
        return Payment.Restore(
            payment.Id, payment.Details, payment.ReportedMetadata, 0,
            [payment.LastAdjustment with { CreatedAt = Sample.Value<Instant>(createdAt) }]);
    }

    /// <summary>Checks the columns that only filters use.</summary>
    private async Task AssertColumnsAsync(Payment payment)
    {
        var rows = await Database.QueryAsync<StatusRow>(
            "SELECT status AS Status, CAST(amount AS varchar(38)) AS Amount, CAST(initial_amount AS varchar(38)) AS InitialAmount, created_at AS CreatedAt FROM payments WHERE id_hash = @IdHash",
            new { IdHash = IdHash.Of(payment.Id) },
            default);
        Assert.That(
            rows.Select(row => (row.Status, MinorUnits.Restore(row.Amount), MinorUnits.Restore(row.InitialAmount), Instant.OfUtc(row.CreatedAt))),
            Is.EqualTo(new[] { (WireName<PaymentStatus>.Of(payment.Status), payment.Amount, payment.InitialAmount, payment.CreatedAt) }));
        var entries = await Database.QueryAsync<EntryRow>(
            "SELECT e.entry_hash AS EntryHash, e.created_at AS CreatedAt FROM payment_metadata AS e INNER JOIN payments AS p ON p.sequence = e.payment WHERE p.id_hash = @IdHash",
            new { IdHash = IdHash.Of(payment.Id) },
            default);
        Assert.That(
            entries.Select(entry => (Convert.ToHexString(entry.EntryHash), Instant.OfUtc(entry.CreatedAt))),
            Is.EquivalentTo(MetadataEntry.All(payment.Metadata.Entries).Chunk(16).Select(hash => (Convert.ToHexString(hash), payment.CreatedAt))));
    }

    private sealed class RetriedWrites(IDatabase database) : IDatabase
    {
        public int MaxConcurrentWrites => database.MaxConcurrentWrites;

        public Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken) =>
            database.QueryAsync<TRow>(statement, parameters, cancellationToken);

        public Task<T> ReadAsync<T>(
            string statement, object? parameters, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
            database.ReadAsync(statement, parameters, read, cancellationToken);

        public async Task<int> WriteAsync(string statements, object parameters, NewEvent? newEvent, CancellationToken cancellationToken)
        {
            await database.WriteAsync(statements, parameters, newEvent, cancellationToken);
            return await database.WriteAsync(statements, parameters, newEvent, cancellationToken);
        }
    }

    private sealed class EntryRow
    {
        public required byte[] EntryHash { get; init; }

        public required DateTime CreatedAt { get; init; }
    }

    private sealed class StatusRow
    {
        public required string Status { get; init; }

        public required string Amount { get; init; }

        public required string InitialAmount { get; init; }

        public required DateTime CreatedAt { get; init; }
    }
}
