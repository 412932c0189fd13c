using Microsoft.Extensions.Time.Testing;
using Moq;
using Payments.Application.Accounts;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;

namespace Payments.Application.Tests.Accounts;

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

    private readonly CancellationToken _token = new(canceled: false);

    [SetUp]
    public void Forget()
    {
        _accounts.Reset();
        _connectors.Reset();
    }

    [Test]
    public async Task Handle_FirstReport_StoresReportedValues()
    {
        Account? added = null;
        _accounts.Setup(accounts => accounts.AddAsync(It.IsAny<Account>(), _token))
            .Callback((Account account, CancellationToken _) => added = account)
            .ReturnsAsync(true);

        var recorded = await HandleAsync(Command);

        Assert.Multiple(() =>
        {
            Assert.That(recorded, Is.EqualTo(new RecordedAccount(added!, RecordOutcome.Created)));
            Assert.That(added!.Id.ToString(), Is.EqualTo(Sample.AccountId));
            Assert.That(added.CreatedAt.ToString(), Is.EqualTo("2024-05-01T12:00:00Z"));
            Assert.That(added.Type, Is.EqualTo(AccountType.External));
            Assert.That(added.Name?.Text, Is.EqualTo("Main account"));
            Assert.That(added.DefaultAsset?.Code, Is.EqualTo("USD/2"));
            Assert.That(added.Metadata.Entries, Is.EqualTo(Command.Metadata));
            Assert.That(added.Raw.Text, Is.EqualTo(Command.Raw));
        });
    }

    [TestCase(null)]
    [TestCase("")]
    public async Task Handle_NoNameOrAsset_StoresNull(string? none)
    {
        var account = await StoreAsync(Command with { AccountName = none, DefaultAsset = none, Metadata = null });
        Assert.Multiple(() =>
        {
            Assert.That(account.Name, Is.Null);
            Assert.That(account.DefaultAsset, Is.Null);
            Assert.That(account.Metadata.IsEmpty, Is.True);
        });
    }

    [Test]
    public async Task Handle_SameReport_ReturnsStoredAsReplayed()
    {
        var stored = await StoreAsync(Command);
        Answer(stored);
        var recorded = await HandleAsync(Command with { CreatedAt = "2024-05-01T14:00:00+02:00", Raw = """{"delivery":2}""" });
        Assert.That(recorded, Is.EqualTo(new RecordedAccount(stored, RecordOutcome.Replayed)));
    }

    [Test]
    public async Task Handle_ContradictingReport_ThrowsConflict()
    {
        Answer(await StoreAsync(Command));
        var conflict = await Assert.ThrowsAsync<ConflictException>(() => HandleAsync(Command with { Type = "INTERNAL", AccountName = "" }));
        Assert.That(conflict!.Errors.Select(error => error.Field), Is.EqualTo((string[])["type", "accountName"]));
    }

    [Test]
    public async Task Handle_ConnectorNotInstalled_ThrowsNamingConnectorId()
    {
        _accounts.Setup(accounts => accounts.AddAsync(It.IsAny<Account>(), _token)).ThrowsAsync(new ValidationException([Connector.NotInstalled]));
        Assert.That(await ErrorsAsync(Command), Is.EqualTo((string[])["connectorID must be the id of an installed connector; no installed connector has this id"]));
    }

    [Test]
    public async Task Handle_NothingSet_NamesEachRequiredField()
    {
        var errors = await ErrorsAsync(new CreateAccountCommand { Raw = "{}" });
        Assert.That(errors.Select(error => error.Split(' ')[0]), Is.EqualTo((string[])["reference", "connectorID", "createdAt", "type"]));
    }

    [Test]
    public async Task Handle_EveryValueInvalid_NamesEachField()
    {
        _connectors.Setup(connectors => connectors.ExistsAsync(It.IsAny<ConnectorId>(), _token)).ReturnsAsync(false);
        var errors = await ErrorsAsync(new CreateAccountCommand
        {
            Reference = " ",
            ConnectorId = Command.ConnectorId,
            CreatedAt = "2024-05-01T12:05:00.0000001Z",
            Type = "internal",
            AccountName = " ",
            DefaultAsset = "usd",
            Metadata = new Dictionary<string, string> { [""] = "" },
            Raw = "{}",
        });
        Assert.That(
            errors.Select(error => error.Split(' ')[0]),
            Is.EquivalentTo((string[])["reference", "connectorID", "createdAt", "type", "accountName", "defaultAsset", "metadata"]));
    }

    [Test]
    public async Task Handle_OneValueInvalid_NamesOnlyThatField()
    {
        _connectors.Setup(connectors => connectors.ExistsAsync(It.IsAny<ConnectorId>(), _token)).ReturnsAsync(true);
        Assert.That(await ErrorsAsync(Command with { DefaultAsset = "usd" }), Has.Length.EqualTo(1));
    }

    private Task<RecordedAccount> HandleAsync(CreateAccountCommand command) =>
        new CreateAccountHandler(_accounts.Object, _connectors.Object, new FakeTimeProvider(Sample.Now)).Handle(command, _token);

    private async Task<string[]> ErrorsAsync(CreateAccountCommand command)
    {
        var exception = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(command));
        return [.. exception!.Errors.Select(error => $"{error.Field} {error.Rule}")];
    }

    /// <summary>The account that a first report of this content stores.</summary>
    private async Task<Account> StoreAsync(CreateAccountCommand command)
    {
        _accounts.Setup(accounts => accounts.AddAsync(It.IsAny<Account>(), _token)).ReturnsAsync(true);
        return (await HandleAsync(command)).Account;
    }

    private void Answer(Account stored)
    {
        _accounts.Setup(accounts => accounts.AddAsync(It.IsAny<Account>(), _token)).ReturnsAsync(false);
        _accounts.Setup(accounts => accounts.FindAsync(stored.Id, _token)).ReturnsAsync(stored);
    }
}
