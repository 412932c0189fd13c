using System.Globalization;
using System.Numerics;
using Microsoft.Extensions.Logging.Abstractions;
using Payments.Application.Events;
using Payments.Application.Totals;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.SqlServer;
using Payments.Infrastructure.Totals;

namespace Payments.Infrastructure.Tests.Totals;

internal sealed class PaymentTotalsTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private static readonly Asset Usd = Sample.Value<Asset>("USD/2");
    private static readonly DateOnly FirstDay = new(2023, 1, 1);
    private static readonly DateOnly LastDay = new(2025, 12, 31);

    private readonly List<Connector> _connectors = [];

    private IPaymentTotals Totals => Store.Get<IPaymentTotals>();

    // Each test counts all payments of its database.
    [SetUp]
    public async Task CreateAsync()
    {
        Drop();
        Use(TDatabase.Create());
        _connectors.Clear();
        foreach (var provider in (string[])["stripe", "stripe", "adyen"])
        {
            _connectors.Add(Sample.Connector(provider));
            await Connectors.AddAsync(_connectors[^1], default);
        }
    }

    [Test]
    public async Task AdvanceAsync_RandomHistories_EqualsTheSumOverAllPayments([Values(1, 2)] int seed, [Values(1, 7, 5000)] int maxEvents)
    {
        var random = new Random(seed);
        var totals = Create(Database, maxEvents);
        var payments = new List<PaymentId>();
        for (var i = 0; i < 400; i++)
        {
            await ChangeAsync(payments, random);
            if (random.Next(10) == 0)
            {
                await AdvanceToEndAsync(totals);
            }
        }

        await AdvanceToEndAsync(totals);
        await AssertEqualsPaymentsAsync(random);
    }

    [Test]
    public async Task AdvanceAsync_FourConsumersBesideWrites_CountEachEventOnce()
    {
        var random = new Random(4);
        using var done = new CancellationTokenSource();
        using var otherProcess = (TestDatabase as SqliteTestDatabase)?.OpenAgain();
        var consumers = Enumerable.Range(0, 4).Select(number => Task.Run(async () =>
        {
            var (totals, count, lost) = (Create(number % 2 == 0 ? Database : otherProcess?.Database ?? Database, 5), 0, 0);
            while (!done.IsCancellationRequested)
            {
                var progress = await totals.AdvanceAsync(default);
                count += progress.LostRace ? 0 : 1;
                lost += progress.LostRace ? 1 : 0;
            }

            return (count, lost);
        })).ToList();
        var payments = new List<PaymentId>();
        for (var i = 0; i < 400; i++)
        {
            await ChangeAsync(payments, random);
        }

        await done.CancelAsync();
        var results = await Task.WhenAll(consumers);
        await AdvanceToEndAsync(Totals);
        await AssertEqualsPaymentsAsync(random);
        Assert.That(results.Sum(result => result.lost), Is.Positive, "The consumers never met.");
    }

    // A kill is a write that was committed or not, and whose outcome nobody has seen.
    [Test]
    public async Task AdvanceAsync_KilledBesideCommits_LosesAndDoublesNothing()
    {
        var random = new Random(5);
        var breaking = new BreakingDatabase(Database, random);
        var payments = new List<PaymentId>();
        for (var i = 0; i < 300; i++)
        {
            await ChangeAsync(payments, random);
            try
            {
                await Create(breaking, 5).AdvanceAsync(default);
            }
            catch (UnavailableException)
            {
                // The next consumer reads where the totals are.
            }
        }

        Assert.That(breaking.Before, Is.Positive);
        Assert.That(breaking.After, Is.Positive);
        await AdvanceToEndAsync(Totals);
        await AssertEqualsPaymentsAsync(random);
    }

    [Test]
    public async Task RebuildTotals_WrongTotalsBesideConsumer_CountsAllAgain()
    {
        var random = new Random(6);
        var payments = new List<PaymentId>();
        for (var i = 0; i < 200; i++)
        {
            await ChangeAsync(payments, random);
        }

        await AdvanceToEndAsync(Totals);
        await Database.WriteAsync("UPDATE payment_totals SET payment_count = payment_count + 1, amount = '1';", new { }, default);
        await Database.WriteAsync("DELETE FROM payment_totals WHERE status = 'PENDING';", new { }, default);
        using var done = new CancellationTokenSource();
        var consumer = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await Create(Database, 3).AdvanceAsync(default);
            }
        });

        var reached = new List<long>();
        var position = await new RebuildTotalsHandler(Create(Database, 10)).Handle(new((at, _) => reached.Add(at)), default);
        await done.CancelAsync();
        await consumer;
        Assert.That(position, Is.EqualTo((await Store.Get<IEventReader>().FindRecordAsync(default)).Position));
        Assert.That(reached, Is.Ordered.And.Count.GreaterThan(1));
        await AssertEqualsPaymentsAsync(random);
    }

    [TestCase("UPDATE event_record SET epoch = 'restored';")]
    [TestCase("UPDATE payment_totals_position SET position = position + 1000;")]
    public async Task AdvanceAsync_RecordRestored_CountsAllAgain(string restore)
    {
        var random = new Random(7);
        await AddAsync(Sample.Payment(_connectors[0].Id));
        await AdvanceToEndAsync(Totals);
        await Database.WriteAsync("UPDATE payment_totals SET payment_count = 77;", new { }, default);
        await Database.WriteAsync(restore, new { }, default);

        await AdvanceToEndAsync(Totals);
        await AssertEqualsPaymentsAsync(random);
    }

    [Test]
    public async Task ReadAsync_SumsBeyond38Digits_AreExact()
    {
        const string Largest = "99999999999999999999999999999999999999";
        foreach (var status in (PaymentStatus[])[PaymentStatus.Succeeded, PaymentStatus.Succeeded, PaymentStatus.Refunded, PaymentStatus.Dispute])
        {
            await AddAsync(Sample.Payment(_connectors[0].Id, amount: Largest, status: status));
        }

        await AdvanceToEndAsync(Totals);
        var all = (await Totals.ReadAsync(Usd, PaymentType.PayIn, FirstDay, LastDay, default)).All;
        var largest = BigInteger.Parse(Largest, CultureInfo.InvariantCulture);
        Assert.Multiple(() =>
        {
            Assert.That(all.All, Is.EqualTo(new PaymentTotal(4, 4 * largest, 3 * largest, largest)));
            Assert.That(all[PaymentStatus.Succeeded], Is.EqualTo(new PaymentTotal(2, 2 * largest, 2 * largest, 0)));
            Assert.That(all[PaymentStatus.Dispute].Amount, Is.EqualTo(largest));
            Assert.That((all.SucceededShare, all.RefundedShare, all.FailedShare), Is.EqualTo(((decimal?)1, (decimal?)0.25m, (decimal?)0)));
        });
    }

    [Test]
    public async Task ListAssets_SeveralAssetsAndTypes_ListsMostUsedFirst()
    {
        foreach (var (asset, type) in ((string, PaymentType)[])
            [
                ("USD/2", PaymentType.PayIn), ("JPY", PaymentType.PayIn), ("EUR/2", PaymentType.PayIn),
                ("EUR/2", PaymentType.Payout), ("EUR/2", PaymentType.Payout), ("JPY", PaymentType.Transfer),
            ])
        {
            await AddAsync(Sample.Payment(_connectors[1].Id, asset: asset, type: type));
        }

        await AdvanceToEndAsync(Totals);
        Assert.That(
            (await new ListAssetsHandler(Totals).Handle(new(), default)).Select(total => (total.Asset.Code, total.Type, total.Count)),
            Is.EqualTo(((string, PaymentType, long)[])
            [
                ("EUR/2", PaymentType.Payout, 2), ("EUR/2", PaymentType.PayIn, 1), ("JPY", PaymentType.PayIn, 1),
                ("JPY", PaymentType.Transfer, 1), ("USD/2", PaymentType.PayIn, 1),
            ]));
    }

    [Test]
    public async Task TotalsWorker_PaymentAdded_CountsItWithinASecond()
    {
        using var worker = new TotalsWorker(Totals, TimeProvider.System, NullLogger<TotalsWorker>.Instance);
        using var other = new TotalsWorker(Create(Database, 2), TimeProvider.System, NullLogger<TotalsWorker>.Instance);
        await worker.StartAsync(default);
        await other.StartAsync(default);
        for (var i = 1; i <= 3; i++)
        {
            await Task.Delay(300);
            await AddAsync(Sample.Payment(_connectors[0].Id));
            await AddAsync(Sample.Payment(_connectors[0].Id, type: PaymentType.Payout));
            Assert.That(async () => (await Totals.ListAssetsAsync(default)).Select(total => total.Count), Is.EqualTo((long[])[i, i]).After(1000, 20));
        }

        await worker.StopAsync(default);
        await other.StopAsync(default);
    }

    private PaymentTotals Create(IDatabase database, int maxEvents) => new(database, Store.Get<ISqlDialect>()) { MaxEvents = maxEvents };

    private async Task AdvanceToEndAsync(IPaymentTotals totals)
    {
        if (typeof(TDatabase) == typeof(SqlServerTestDatabase))
        {
            await Store.Get<EventSealing>().SealAsync(default);
        }

        var last = (await Store.Get<IEventReader>().FindRecordAsync(default)).Position;
        TotalsProgress progress;
        do
        {
            progress = await totals.AdvanceAsync(default);
        }
        while (progress.Position != last);
    }

    private async Task AddAsync(Payment payment) => Assert.That(await Payments.AddAsync(payment, default), Is.True);

    // Creates a payment, or changes one: late and early adjustments, refunds, disputes, captures, details and metadata.
    private async Task ChangeAsync(List<PaymentId> payments, Random random)
    {
        const int Day = 86_400;
        var seconds = random.Next(-200 * Day, 200 * Day);
        var amount = $"{random.Next(1, 5)}00";
        if (payments.Count == 0 || random.Next(3) == 0)
        {
            var created = Sample.Payment(
                _connectors[random.Next(_connectors.Count)].Id,
                amount: amount,
                status: Status(),
                seconds: seconds,
                type: random.Next(4) == 0 ? PaymentType.Payout : PaymentType.PayIn,
                scheme: random.Next(2) == 0 ? PaymentScheme.Unknown : PaymentScheme.Visa,
                asset: random.Next(4) == 0 ? "JPY" : "USD/2");
            await AddAsync(created);
            payments.Add(created.Id);
            return;
        }

        var stored = (await Payments.FindAsync(payments[random.Next(payments.Count)], default))!;
        try
        {
            var changed = random.Next(4) switch
            {
                0 => stored.FillDetails(PaymentScheme.Mastercard, Sample.Metadata(($"k{random.Next(3)}", "v"))),
                1 => stored.ChangeMetadata(Sample.Edits(("edited", $"{random.Next()}"))),
                2 => stored.Adjust(Sample.Adjustment(random.Next(2) == 0 ? stored.Reference.Text : $"re_{random.Next(3)}", Status(), amount, seconds)),
                _ => stored.ApplyReport(Sample.Payment(
                    stored.ConnectorId, stored.Reference.Text, amount, Status(), seconds, type: stored.Type, scheme: PaymentScheme.Amex, asset: stored.Details.Asset.Code)),
            };
            if (changed is not null)
            {
                Assert.That(await Payments.SaveAsync(stored, changed, default), Is.True);
            }
        }
        catch (ConflictException)
        {
            // The change contradicts the payment.
        }

        PaymentStatus Status() => (PaymentStatus)random.Next(1, Enum.GetValues<PaymentStatus>().Length + 1);
    }

    private async Task AssertEqualsPaymentsAsync(Random random)
    {
        var payments = new List<Payment>();
        PageRequest? next = new(500);
        while (next is not null)
        {
            var page = await Store.ListPaymentsAsync(PaymentFilter.None, next, default);
            payments.AddRange(page.Items);
            next = page.Next;
        }

        var groups = payments.GroupBy(payment => (payment.Details.Asset, payment.Type)).ToList();
        Assert.That(
            (await Totals.ListAssetsAsync(default)).Select(total => ((total.Asset, total.Type), total.Count)),
            Is.EquivalentTo(groups.Select(group => (group.Key, group.LongCount()))));
        List<(DateOnly First, DateOnly Last)> windows =
        [
            (FirstDay, LastDay), (new(2024, 5, 1), new(2024, 5, 31)), (new(2024, 5, 2), new(2024, 7, 30)),
            (new(2024, 5, 2), new(2024, 5, 30)), (new(2024, 4, 30), new(2024, 5, 1)),
        ];
        for (var i = 0; i < 20; i++)
        {
            var first = FirstDay.AddDays(random.Next(1000));
            windows.Add((first, first.AddDays(random.Next(200))));
        }

        foreach (var group in groups)
        {
            foreach (var (first, last) in windows)
            {
                var overview = await Totals.ReadAsync(group.Key.Asset, group.Key.Type, first, last, default);
                var expected = group.Where(payment => Day(payment) >= first && Day(payment) <= last).ToList();
                var earlier = group.Where(payment => Day(payment) < first && Day(payment) >= first.AddDays(first.DayNumber - last.DayNumber - 1)).ToList();
                Assert.Multiple(() =>
                {
                    Assert.That(Describe<int>([new(0, overview.All)]), Is.EqualTo(Describe(expected, _ => 0)));
                    Assert.That(Describe<int>([new(0, overview.Earlier)]), Is.EqualTo(Describe(earlier, _ => 0)));
                    Assert.That(Describe(overview.Days), Is.EqualTo(Describe(expected, Day)));
                    Assert.That(overview.Days.Select(day => day.Key), Is.Ordered);
                    var connectors = overview.Connectors.Select(connector => new GroupTotals<ConnectorId>(connector.Key.Id, connector.Totals)).ToList();
                    Assert.That(Describe<ConnectorId>(connectors), Is.EqualTo(Describe(expected, payment => payment.ConnectorId)));
                    Assert.That(Describe(overview.Providers), Is.EqualTo(Describe(expected, payment => payment.ConnectorId.Provider)));
                    Assert.That(Describe(overview.Schemes), Is.EqualTo(Describe(expected, payment => payment.Details.Scheme)));
                    Assert.That(overview.Schemes.Select(scheme => scheme.Totals.Volume.InitialAmount), Is.Ordered.Descending);
                });
            }
        }

        Assert.That(await Database.QueryAsync<long>("SELECT COUNT(*) FROM payment_totals AS t WHERE t.payment_count <= 0;", null, default), Is.EqualTo((long[])[0]));

        static DateOnly Day(Payment payment) => DateOnly.FromDateTime(payment.CreatedAt.Utc);
    }

    private static string Describe<TKey>(IReadOnlyList<GroupTotals<TKey>> groups) => Join(
        from item in groups
        from status in item.Totals.Statuses
        select $"{item.Key} {status} {item.Totals[status]}");

    private static string Describe<TKey>(List<Payment> payments, Func<Payment, TKey> key) => Join(
        from payment in payments
        group payment by (Key: key(payment), payment.Status) into same
        let total = same.Aggregate(
            default(PaymentTotal), (sum, payment) => sum + new PaymentTotal(1, payment.InitialAmount.Value, payment.Amount.Value, Refunded(payment)))
        select $"{same.Key.Key} {same.Key.Status} {total}");

    // For each reference, the amount of its last refund, unless a failure comes after it.
    private static BigInteger Refunded(Payment payment) => payment.Adjustments
        .Where(adjustment => adjustment.Status is PaymentStatus.Refunded or PaymentStatus.RefundedFailure)
        .GroupBy(adjustment => adjustment.Reference, (_, newestFirst) => newestFirst.First())
        .Where(last => last.Status == PaymentStatus.Refunded)
        .Aggregate(BigInteger.Zero, (sum, refund) => sum + refund.Amount.Value);

    private static string Join(IEnumerable<string> lines) => string.Join('\n', lines.Order(StringComparer.Ordinal));

    /// <summary>Some writes fail, before or after their commit.</summary>
    private sealed class BreakingDatabase(IDatabase database, Random random) : IDatabase
    {
        public int Before { get; private set; }
        public int After { get; private set; }
        public int MaxConcurrentWrites => database.MaxConcurrentWrites;

        public Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken) =>
            database.QueryAsync<TRow>(statement, parameters, cancellationToken);

        public Task<T> ReadAsync<T>(string statement, object? parameters, Func<System.Data.Common.DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
            database.ReadAsync(statement, parameters, read, cancellationToken);

        public async Task<int> WriteAsync(string statements, object parameters, NewEvent? newEvent, CancellationToken cancellationToken)
        {
            var fate = random.Next(3);
            if (fate == 0)
            {
                Before++;
                throw new UnavailableException("Killed before the commit.");
            }

            var rows = await database.WriteAsync(statements, parameters, newEvent, cancellationToken);
            After += fate == 1 ? 1 : 0;
            return fate == 1 ? throw new UnavailableException("Killed after the commit.") : rows;
        }
    }
}
