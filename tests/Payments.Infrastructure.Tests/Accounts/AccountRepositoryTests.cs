using System.Text.Json;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;

namespace Payments.Infrastructure.Tests.Accounts;

internal sealed class AccountRepositoryTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private ConnectorId _connector = null!;

    [OneTimeSetUp]
    public async Task InstallAsync()
    {
        var connector = Sample.Connector();
        await Connectors.AddAsync(connector, default);
        _connector = connector.Id;
    }

    [Test]
    public Task AddAsync_OfTheSmallestAccount_IsReadBackTheSame() => AssertRoundTripAsync(Sample.Account(_connector));

    [Test]
    public Task AddAsync_OfTheLargestAccount_IsReadBackTheSame() => AssertRoundTripAsync(Sample.Account(
        _connector,
        string.Concat(Enumerable.Repeat("😀", 1000)),
        AccountType.External,
        string.Concat(Enumerable.Repeat("🏦", 1000)),
        "ABCDEFGHIJKLMNOPQ_ABCDEFGHIJKLMNOP/123456",
        Metadata.Restore(Enumerable.Range(0, 50).ToDictionary(i => $"{i:D3}".PadRight(100, 'k'), _ => new string('ü', 1000))),
        $$"""{ "text": "{{new string('x', 250_000)}}😀\ud800" }"""));

    [Test]
    public async Task AddAsync_OfTextThatDiffersOnlyInCase_IsAnotherAccount()
    {
        var lower = Sample.Account(_connector, "case");
        var upper = Sample.Account(_connector, "CASE", AccountType.External);
        await AssertRoundTripAsync(lower);
        await AssertRoundTripAsync(upper);
    }

    [Test]
    public async Task AddAsync_OfAnIdThatIsThere_WritesNothing()
    {
        var stored = Sample.Account(_connector, "twice", name: "first");
        await Accounts.AddAsync(stored, default);

        var outcome = await Accounts.AddAsync(Sample.Account(_connector, "twice", AccountType.External, "second"), default);

        Assert.That(outcome, Is.False);
        AssertSame(await Accounts.FindAsync(stored.Id, default), stored);
    }

    [Test]
    public async Task AddAsync_WithoutItsConnector_WritesNothing()
    {
        var account = Sample.Account(Sample.Connector().Id);
        await Assert.ThrowsAsync<ValidationException>(() => Accounts.AddAsync(account, default));
        Assert.That(await Accounts.FindAsync(account.Id, default), Is.Null);
    }

    [Test]
    public async Task AddAsync_FiftyTimesAtOnce_AddsOne()
    {
        var account = Sample.Account(_connector);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => Accounts.AddAsync(account, default))));
        Assert.Multiple(() =>
        {
            Assert.That(outcomes.Count(outcome => outcome), Is.EqualTo(1));
            Assert.That(outcomes.Count(outcome => !outcome), Is.EqualTo(49));
        });
        AssertSame(await Accounts.FindAsync(account.Id, default), account);
    }

    [Test]
    public async Task FindAsync_WhenNotStored_IsNull() =>
        Assert.That(await Accounts.FindAsync(Sample.Account(_connector).Id, default), Is.Null);

    private async Task AssertRoundTripAsync(Account account)
    {
        Assert.That(await Accounts.AddAsync(account, default), Is.True);
        AssertSame(await Accounts.FindAsync(account.Id, default), account);
    }

    private static void AssertSame(Account? actual, Account expected) => Assert.That(Describe(actual!), Is.EqualTo(Describe(expected)));

    private static string Describe(Account account) => JsonSerializer.Serialize(new
    {
        Id = account.Id.ToString(),
        CreatedAt = account.CreatedAt.ToString(),
        account.Type,
        account.Name,
        account.DefaultAsset,
        account.Metadata.Entries,
        Raw = account.Raw.Text,
    });
}
