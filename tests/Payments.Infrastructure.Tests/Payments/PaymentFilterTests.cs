using System.Globalization;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Sqlite;
using Payments.Infrastructure.SqlServer;

namespace Payments.Infrastructure.Tests.Payments;

internal sealed class PaymentFilterTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private readonly List<Payment> _stored = [];
    private readonly Random _random = new(20240501);
    private Connector[] _connectors = null!;
    private AccountId[] _accounts = null!;

    [OneTimeSetUp]
    public async Task StoreAsync()
    {
        _connectors = [Sample.Connector(), Sample.Connector(), Sample.Connector("wise")];
        _accounts = [.. _connectors.Select(connector => new AccountId(connector.Id, Sample.Value<AccountReference>("acc 😀")))];
        foreach (var connector in _connectors)
        {
            await Connectors.AddAsync(connector, default);
        }

        // The last two references differ only after the start that is in the index.
        string[] references = [.. Enumerable.Range(0, 60).Select(i => $"ref-{i}"), new string('r', 999) + "1", new string('r', 999) + "2"];
        foreach (var reference in references.Concat(references))
        {
            var payment = Sample.Payment(
                _connectors[_random.Next(3)].Id,
                reference,
                Pick((string[])["0", "9", "10", "100", new string('9', 38)]),
                Pick((PaymentStatus[])[PaymentStatus.Pending, PaymentStatus.Failed]),
                _random.Next(20),
                _random.Next(2) == 0 ? null : Pick(_accounts),
                _random.Next(2) == 0 ? null : Pick(_accounts),
                Sample.Metadata([.. ((string[])["a", "a ", "b"]).Where(_ => _random.Next(2) == 0).Select(key => (key, Pick((string[])["", "1", "1 ", "😀"])))]),
                type: Pick(Enum.GetValues<PaymentType>()),
                scheme: Pick((PaymentScheme[])[PaymentScheme.Visa, PaymentScheme.SepaDebit]),
                asset: Pick((string[])["USD/2", "EUR/2", "USD"]));
            if (!await Payments.AddAsync(payment, default))
            {
                continue;
            }

            // Some have a partial refund, and some get other metadata.
            if (payment.Amount.Value >= 100 && _random.Next(2) == 0)
            {
                var refunded = payment.Adjust(payment.LastAdjustment with { Status = PaymentStatus.Refunded, Amount = Sample.Value<MinorUnits>("90") })!;
                await Payments.SaveAsync(payment, refunded, default);
                payment = refunded;
            }

            if (_random.Next(3) == 0 && payment.ChangeMetadata(Sample.Edits(("a", null), ("b", "1"), ("c", "2"))) is { } changed)
            {
                await Payments.SaveAsync(payment, changed, default);
                payment = changed;
            }

            _stored.Add(payment);
        }
    }

    [Test]
    public async Task ListAsync_RandomFilters_ReturnMatchesInOrder()
    {
        for (var number = 0; number < 400; number++)
        {
            var filter = RandomFilter(depth: 3);
            var expected = Expected(filter);
            Assert.That(await ListAllAsync(filter, new PageRequest(_random.Next(1, 30))), Is.EqualTo(expected.AsEnumerable().Reverse()), () => $"{number}: {Describe(filter)}");
            Assert.That(await ListAllAsync(filter, new PageRequest(_random.Next(1, 30), Ascending: true)), Is.EqualTo(expected), () => $"{number}: {Describe(filter)}");
        }
    }

    [Test]
    public async Task ListAsync_EachValueOfEachField_ReturnsMatches()
    {
        var found = 0;
        foreach (var field in Fields)
        {
            foreach (var value in _stored.SelectMany(payment => Values(field, payment)).Distinct().Take(20))
            {
                var filter = new PaymentFilter.OneOf(field, [value]);
                var expected = Expected(filter);
                Assert.That(await ListAllAsync(filter, new PageRequest(7, Ascending: true)), Is.EqualTo(expected), () => Describe(filter));
                found += expected.Count;
            }
        }

        Assert.That(found, Is.GreaterThan(_stored.Count));
    }

    [Test]
    public async Task ListAsync_PreviousPage_ReturnsSamePayments()
    {
        var filter = new PaymentFilter.OneOf(PaymentField.Status, ["PENDING", "FAILED"]);
        var first = await Store.ListPaymentsAsync(filter, new PageRequest(5), default);
        var second = await Store.ListPaymentsAsync(filter, first.Next!, default);
        var back = await Store.ListPaymentsAsync(filter, second.Previous!, default);
        Assert.That(back.Items.Select(payment => payment.Id), Is.EqualTo(first.Items.Select(payment => payment.Id)));
    }

    // A client can construct a cursor with any position.
    [Test]
    public async Task ListAsync_PositionOutsideFilteredTime_ReturnsOnlyMatches([Values] bool ascending)
    {
        var filter = new PaymentFilter.All(
        [
            new PaymentFilter.Compared(PaymentField.CreatedAt, Comparison.GreaterOrEqual, At(5)),
            new PaymentFilter.Compared(PaymentField.CreatedAt, Comparison.Less, At(10)),
        ]);
        var position = new PagePosition(new Instant(Sample.Now.AddSeconds(ascending ? -100 : 100)), 1);
        var page = await Store.ListPaymentsAsync(filter, new PageRequest(1000, ascending, position), default);
        Assert.That(page.Items.Select(payment => payment.Id), Is.EquivalentTo(Expected(filter)).And.Not.Empty);
    }

    // Some of these ranges are empty.
    [Test]
    public async Task ListAsync_TwoTimeLimits_ReturnsMatchesOfBoth([Values] bool ascending)
    {
        List<PaymentFilter> limits =
        [
            .. from comparison in Enum.GetValues<Comparison>()
               from seconds in (int[])[5, 10, 15]
               select new PaymentFilter.Compared(PaymentField.CreatedAt, comparison, At(seconds)),
        ];
        foreach (var filter in from one in limits from other in limits select new PaymentFilter.All([one, other]))
        {
            var expected = Expected(filter);
            if (!ascending)
            {
                expected.Reverse();
            }

            Assert.That(await ListAllAsync(filter, new PageRequest(50, ascending)), Is.EqualTo(expected), () => Describe(filter));
        }
    }

    [Test]
    public void MetadataEntry_OtherKeyOrValue_HasOtherHash() => Assert.Multiple(() =>
    {
        Assert.That(MetadataEntry.Of("1", "23"), Is.Not.EqualTo(MetadataEntry.Of("12", "3")));
        Assert.That(MetadataEntry.Of("a:b", "c"), Is.Not.EqualTo(MetadataEntry.Of("a", "b:c")));
        Assert.That(MetadataEntry.Of("a", ""), Is.Not.EqualTo(MetadataEntry.OfKey("a")));
    });

    private static readonly Dictionary<PaymentField, Func<Payment, string?>> ValueOf = new()
    {
        [PaymentField.Reference] = payment => payment.Reference.Text,
        [PaymentField.Id] = payment => payment.Id.ToString(),
        [PaymentField.ConnectorId] = payment => payment.ConnectorId.ToString(),
        [PaymentField.Provider] = payment => payment.ConnectorId.Provider.Id,
        [PaymentField.Type] = payment => WireName<PaymentType>.Of(payment.Type),
        [PaymentField.Status] = payment => WireName<PaymentStatus>.Of(payment.Status),
        [PaymentField.Scheme] = payment => WireName<PaymentScheme>.Of(payment.Details.Scheme),
        [PaymentField.Asset] = payment => payment.Details.Asset.Code,
        [PaymentField.SourceAccountId] = payment => payment.Details.SourceAccountId?.ToString(),
        [PaymentField.DestinationAccountId] = payment => payment.Details.DestinationAccountId?.ToString(),
        [PaymentField.Amount] = payment => payment.Amount.ToString(),
        [PaymentField.InitialAmount] = payment => payment.InitialAmount.ToString(),
        [PaymentField.CreatedAt] = payment => payment.CreatedAt.ToString(),
    };

    private static readonly PaymentField[] Fields = [.. PaymentField.All, .. ((string[])["a", "a ", "b", "c"]).Select(PaymentField.Metadata)];

    private static string At(int seconds) => new Instant(Sample.Now.AddSeconds(seconds)).ToString();

    private async Task<List<PaymentId>> ListAllAsync(PaymentFilter filter, PageRequest first)
    {
        // SQLite chooses other query plans if MaxCounted is small. The plain SELECT for SQL Server must return the same on both databases.
        var payments = new PaymentReader(Database, _random.Next(3) switch
        {
            0 => Store.Get<IPaymentPages>(),
            1 when Store.Get<IPaymentPages>() is SqlitePaymentPages => new SqlitePaymentPages(Database) { MaxCounted = _random.Next(1, 20) },
            _ => new SqlServerPaymentPages(Database, Store.Get<ISqlDialect>()),
        });
        List<PaymentId> ids = [];
        for (PageRequest? request = first; request is not null;)
        {
            var page = await payments.ListAsync(filter, request, payment => payment.Id, default);
            ids.AddRange(page.Items);
            request = page.Next;
        }

        return ids;
    }

    private List<PaymentId> Expected(PaymentFilter filter) =>
        [.. _stored.Where(payment => Matches(filter, payment)).OrderBy(payment => payment.CreatedAt.Utc).Select(payment => payment.Id)];

    private PaymentFilter RandomFilter(int depth)
    {
        switch (depth == 0 ? 9 : _random.Next(12))
        {
            case 0 or 1:
                return new PaymentFilter.All([.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => RandomFilter(depth - 1))]);
            case 2 or 3:
                return new PaymentFilter.Any([.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => RandomFilter(depth - 1))]);
            case 4:
                return new PaymentFilter.Except(RandomFilter(depth - 1));
            case 5:
                return new PaymentFilter.HasMetadata(Pick((string[])["a", "a ", "b", "c", "d"]));
            case 6 or 7:
                var ordered = Pick((OrderedPaymentField[])[PaymentField.Amount, PaymentField.InitialAmount, PaymentField.CreatedAt]);
                return new PaymentFilter.Compared(ordered, Pick(Enum.GetValues<Comparison>()), RandomValue(ordered));
            default:
                var field = Pick(Fields);
                return new PaymentFilter.OneOf(field, [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => RandomValue(field)).Distinct()]);
        }
    }

    private string RandomValue(PaymentField field)
    {
        while (true)
        {
            if (Values(field, Pick(_stored)).FirstOrDefault() is { } value)
            {
                return value;
            }
        }
    }

    private static IEnumerable<string> Values(PaymentField field, Payment payment) =>
        field is MetadataField metadata ? payment.Metadata.Entries.Where(entry => entry.Key == metadata.Key).Select(entry => entry.Value) : ValueOf[field](payment) is { } value ? [value] : [];

    /// <summary>Whether a filter matches, without a database.</summary>
    private static bool Matches(PaymentFilter filter, Payment payment) => filter switch
    {
        PaymentFilter.All all => all.Filters.All(one => Matches(one, payment)),
        PaymentFilter.Any any => any.Filters.Any(one => Matches(one, payment)),
        PaymentFilter.Except except => !Matches(except.Filter, payment),
        PaymentFilter.HasMetadata has => payment.Metadata.Entries.ContainsKey(has.Key),
        PaymentFilter.OneOf oneOf => Values(oneOf.Field, payment).Any(oneOf.Values.Contains),
        PaymentFilter.Compared compared => (compared.Comparison, Order(compared, payment)) switch
        {
            (Comparison.Less, var order) => order < 0,
            (Comparison.LessOrEqual, var order) => order <= 0,
            (Comparison.Greater, var order) => order > 0,
            var (_, order) => order >= 0,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(filter)),
    };

    private static int Order(PaymentFilter.Compared compared, Payment payment) =>
        compared.Field == PaymentField.Amount ? payment.Amount.Value.CompareTo(Sample.Value<MinorUnits>(compared.Value).Value)
        : compared.Field == PaymentField.InitialAmount ? payment.InitialAmount.Value.CompareTo(Sample.Value<MinorUnits>(compared.Value).Value)
        : payment.CreatedAt.Utc.CompareTo(DateTime.Parse(compared.Value, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal));

    private static string Describe(PaymentFilter filter) => filter switch
    {
        PaymentFilter.All all => $"all({string.Join(", ", all.Filters.Select(Describe))})",
        PaymentFilter.Any any => $"any({string.Join(", ", any.Filters.Select(Describe))})",
        PaymentFilter.Except except => $"not({Describe(except.Filter)})",
        PaymentFilter.OneOf oneOf => $"{oneOf.Field} in ({string.Join(", ", oneOf.Values)})",
        _ => filter.ToString(),
    };

    private T Pick<T>(IReadOnlyList<T> values) => values[_random.Next(values.Count)];
}
