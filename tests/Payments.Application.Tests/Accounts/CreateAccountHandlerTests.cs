using Microsoft.Extensions.Time.Testing;
using Moq;
using Payments.Application.Accounts;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;

namespace Payments.Application.Tests.Accounts;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CreateAccountHandlerTests
{
    private static readonly CreateAccountCommand Command = new()
    {
        Reference = "acc_1",
        ConnectorId = Sample.ConnectorId,
        CreatedAt = "2024-05-01T12:00:00Z",
        Type = "EXTERNAL",
        AccountName = "Main account",
        DefaultAsset = "USD/2",
        Metadata = new Dictionary<string, string> { ["team"] = "payouts" },
        Raw = """{"reference":"acc_1"}""",
    };

    private readonly Mock<IAccountRepository> _accounts = new(MockBehavior.Strict);
    private readonly Mock<IConnectorRepository> _connectors = new(MockBehavior.Strict);

    // What Command creates.
    private static Account Stored => Sample.Account(
        reference: "acc_1", type: AccountType.External, name: "Main account", defaultAsset: "USD/2", metadata: Sample.Metadata(("team", "payouts")));

    [Test]
    public async Task Handle_FirstReport_StoresReportedValues()
    {
        var account = await CreateAsync(Command);
        Assert.Multiple(() =>
        {
            Assert.That(account.Id.ToString(), Is.EqualTo(Sample.AccountId));
            Assert.That(account.CreatedAt, Is.EqualTo(new Instant(Sample.Now)));
            Assert.That(account.Type, Is.EqualTo(AccountType.External));
            Assert.That(account.Name?.Text, Is.EqualTo("Main account"));
            Assert.That(account.DefaultAsset?.Code, Is.EqualTo("USD/2"));
            Assert.That(account.Metadata.Entries, Is.EqualTo(Command.Metadata));
            Assert.That(account.Raw.Text, Is.EqualTo(Command.Raw));
        });
    }

    [TestCase(null)]
    [TestCase("")]
    public async Task Handle_NoNameOrAsset_StoresNull(string? text)
    {
        var account = await CreateAsync(Command with { AccountName = text, DefaultAsset = text, Metadata = null });
        Assert.Multiple(() =>
        {
            Assert.That(account.Name, Is.Null);
            Assert.That(account.DefaultAsset, Is.Null);
            Assert.That(account.Metadata.Entries, Is.Empty);
        });
    }

    [Test]
    public async Task Handle_SameReport_ReturnsStoredAsReplayed()
    {
        var stored = SetStored();
        var recorded = await HandleAsync(Command with { CreatedAt = "2024-05-01T14:00:00+02:00", Raw = """{"delivery":2}""" });
        Assert.That(recorded, Is.EqualTo(new RecordedAccount(stored, RecordOutcome.Replayed)));
    }

    [Test]
    public async Task Handle_ContradictingReport_ThrowsConflict()
    {
        SetStored();
        var conflict = await Assert.ThrowsAsync<ConflictException>(() => HandleAsync(Command with { Type = "INTERNAL", AccountName = "" }));
        Assert.That(conflict!.Errors.Select(error => error.Field), Is.EqualTo((string[])["type", "accountName"]));
    }

    [Test]
    public async Task Handle_NothingSet_NamesEachRequiredField() => Assert.That(
        await FieldsAsync(new CreateAccountCommand { Raw = "{}" }), Is.EqualTo((string[])["reference", "connectorID", "createdAt", "type"]));

    [Test]
    public async Task Handle_EveryValueInvalid_NamesEachField()
    {
        _connectors.Setup(connectors => connectors.ExistsAsync(It.IsAny<ConnectorId>(), default)).ReturnsAsync(false);
        var fields = await FieldsAsync(Command with
        {
            Reference = " ",
            CreatedAt = "2024-05-01T12:05:00.0000001Z",
            Type = "internal",
            AccountName = " ",
            DefaultAsset = "usd",
            Metadata = new Dictionary<string, string> { [""] = "" },
        });
        Assert.That(fields, Is.EquivalentTo((string[])["reference", "connectorID", "createdAt", "type", "accountName", "defaultAsset", "metadata"]));
    }

    [Test]
    public async Task Handle_OneValueInvalid_NamesOnlyThatField()
    {
        _connectors.Setup(connectors => connectors.ExistsAsync(It.IsAny<ConnectorId>(), default)).ReturnsAsync(true);
        Assert.That(await FieldsAsync(Command with { DefaultAsset = "usd" }), Is.EqualTo((string[])["defaultAsset"]));
    }

    private Task<RecordedAccount> HandleAsync(CreateAccountCommand command) =>
        new CreateAccountHandler(_accounts.Object, _connectors.Object, new FakeTimeProvider(Sample.Now)).Handle(command, default);

    private async Task<string[]> FieldsAsync(CreateAccountCommand command)
    {
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(command));
        return [.. invalid!.Errors.Select(error => error.Field)];
    }

    /// <summary>The account that is added.</summary>
    private async Task<Account> CreateAsync(CreateAccountCommand command)
    {
        Account? added = null;
        _accounts.Setup(accounts => accounts.AddAsync(It.IsAny<Account>(), default)).Callback((Account account, CancellationToken _) => added = account).ReturnsAsync(true);
        Assert.That(await HandleAsync(command), Is.EqualTo(new RecordedAccount(added!, RecordOutcome.Created)));
        return added!;
    }

    private Account SetStored()
    {
        var stored = Stored;
        _accounts.Setup(accounts => accounts.AddAsync(It.IsAny<Account>(), default)).ReturnsAsync(false);
        _accounts.Setup(accounts => accounts.FindAsync(stored.Id, default)).ReturnsAsync(stored);
        return stored;
    }
}
