using Payments.Domain;
using Payments.Domain.Payments;
using Payments.Infrastructure.Lists;
using Payments.Infrastructure.Sqlite;

namespace Payments.Infrastructure.Tests.Sqlite;

internal sealed class SqlitePaymentPagesTests
{
    private ITestDatabase _database = null!;
    private SqlitePaymentPages _pages = null!;

    [SetUp]
    public void Create()
    {
        _database = SqliteTestDatabase.Create();
        _pages = new SqlitePaymentPages(_database.Store.Database);
    }

    [TearDown]
    public void Dispose() => _database.Dispose();

    [Test]
    public async Task ReadAsync_SameFilterAgain_WritesStatementOnce()
    {
        await ReadAsync("a", ascending: true);
        await ReadAsync("a", ascending: true);
        Assert.That(_pages.KnownStatements, Is.EqualTo(1));
        await ReadAsync("a", ascending: false);
        Assert.That(_pages.KnownStatements, Is.EqualTo(2));
    }

    [Test]
    public async Task ReadAsync_ManyFilters_KeepsLimitedNumberOfStatements()
    {
        var most = 0;
        for (var i = 0; i < 2000; i++)
        {
            await ReadAsync($"{i}", ascending: true);
            most = Math.Max(most, _pages.KnownStatements);
        }

        Assert.That(most, Is.InRange(100, 1000));
    }

    private Task<bool> ReadAsync(string reference, bool ascending) => _pages.ReadAsync(
        new PaymentFilter.OneOf(PaymentField.Reference, [reference]),
        PageStart.Of(new PageRequest(15, ascending)),
        (rows, stop) => rows.ReadAsync(stop),
        default);
}
