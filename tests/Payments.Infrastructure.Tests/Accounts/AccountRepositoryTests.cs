using System.Text.Json;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;

namespace Payments.Infrastructure.Tests.Accounts;

internal sealed class AccountRepositoryTests<TDatabase> : RepositoryTests<TDatabase, Account>
    where TDatabase : ITestDatabase
{
    protected override Account Smallest() => Sample.Account(Connector);

    protected override Account Largest() => Sample.Account(
        Connector,
        string.Concat(Enumerable.Repeat("😀", 1000)),
        AccountType.External,
        string.Concat(Enumerable.Repeat("🏦", 1000)),
        "ABCDEFGHIJKLMNOPQ_ABCDEFGHIJKLMNOP/123456",
        Metadata.Restore(Enumerable.Range(0, 50).ToDictionary(i => $"{i:D3}".PadRight(100, 'k'), _ => new string('ü', 1000))),
        $$"""{ "text": "{{new string('x', 250_000)}}😀\ud800" }""");

    protected override Account Create(ConnectorId connector, string? reference = null) => Sample.Account(connector, reference, name: "first");

    protected override Account CreateOther(ConnectorId connector, string reference) => Sample.Account(connector, reference, AccountType.External, "second");

    protected override Task<bool> AddAsync(Account item) => Accounts.AddAsync(item, default);

    protected override Task<Account?> FindAsync(Account item) => Accounts.FindAsync(item.Id, default);

    protected override string Describe(Account item) => JsonSerializer.Serialize(new
    {
        Id = item.Id.ToString(),
        CreatedAt = item.CreatedAt.ToString(),
        item.Type,
        item.Name,
        item.DefaultAsset,
        item.Metadata.Entries,
        Raw = item.Raw.Text,
    });
}
