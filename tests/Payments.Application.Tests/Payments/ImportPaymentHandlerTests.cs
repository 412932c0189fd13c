using Microsoft.Extensions.Time.Testing;
using Moq;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Application.Tests.Payments;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ImportPaymentHandlerTests
{
    private static readonly ImportPaymentCommand Command = new()
    {
        Id = Sample.PaymentId,
        Reference = "ref-001",
        ConnectorId = Sample.ConnectorId,
        Provider = "STRIPE",
        CreatedAt = "2024-05-01T12:00:00Z",
        InitialAmount = "100",
        Amount = "60",
        Type = "PAY-IN",
        Status = "REFUNDED",
        Scheme = "visa",
        Asset = "USD/2",
        Metadata = new Dictionary<string, string> { ["k"] = "2" },
        ReportedMetadata = new Dictionary<string, string> { ["k"] = "1" },
        Raw = "{}",
        Adjustments =
        [
            new() { Reference = "refund", CreatedAt = "2024-05-01T12:00:02Z", Status = "REFUNDED", Amount = "40", Raw = "{}" },
            new() { Reference = "ref-001", CreatedAt = "2024-05-01T12:00:01Z", Status = "SUCCEEDED", Amount = "100", Raw = "{}" },
            new() { Reference = "ref-001", CreatedAt = "2024-05-01T12:00:00Z", Status = "PENDING", Amount = "100", Raw = "{}" },
        ],
    };

    private readonly InMemoryPayments _payments = new();
    private readonly Mock<IConnectorRepository> _connectors = new(MockBehavior.Strict);

    [Test]
    public async Task Handle_NewPayment_StoresHistoryInOrder()
    {
        var imported = await HandleAsync(Command);
        var stored = _payments.Stored!;
        Assert.Multiple(() =>
        {
            Assert.That(imported, Is.EqualTo(new RecordedPayment(stored, RecordOutcome.Created)));
            Assert.That(_payments.Writes, Is.EqualTo((string[])["0", "1", "2", "3"]));
            Assert.That(stored.Adjustments.Select(adjustment => adjustment.Status), Is.EqualTo((PaymentStatus[])[PaymentStatus.Refunded, PaymentStatus.Succeeded, PaymentStatus.Pending]));
            Assert.That(stored.ReportedMetadata.Reported.Entries["k"], Is.EqualTo("1"));
            Assert.That(stored.Metadata.Entries["k"], Is.EqualTo("2"));
        });
    }

    [Test]
    public async Task Handle_SamePaymentStored_WritesNothing()
    {
        await HandleAsync(Command);
        _payments.Writes.Clear();
        Assert.That(((await HandleAsync(Command)).Outcome, _payments.Writes.Count), Is.EqualTo((RecordOutcome.Replayed, 0)));
    }

    // The edits of the metadata are stored with the first missing adjustment.
    [TestCase(1, RecordOutcome.Adjusted, "0", "1", "2")]
    [TestCase(2, RecordOutcome.Adjusted, "0", "1", "2")]
    [TestCase(3, RecordOutcome.Updated, "0", "1", "2", "3")]
    public async Task Handle_InterruptedBefore_StoresRest(int writes, RecordOutcome outcome, params string[] versions)
    {
        _payments.BeforeSave = _ =>
        {
            if (_payments.Writes.Count == writes)
            {
                throw new UnavailableException("gone");
            }
        };
        await Assert.ThrowsAsync<UnavailableException>(() => HandleAsync(Command));
        _payments.BeforeSave = _ => { };
        Assert.That((await HandleAsync(Command)).Outcome, Is.EqualTo(outcome));
        Assert.That(_payments.Writes, Is.EqualTo(versions));
    }

    [Test]
    public async Task Handle_OtherChangeFirst_MergesAgain()
    {
        // Another import saves the same adjustment first, so only the next one is missing.
        _payments.BeforeSave = change =>
        {
            _payments.Stored = change;
            _payments.BeforeSave = _ => { };
        };
        var imported = await HandleAsync(Command);
        Assert.That((_payments.Writes, imported.Payment.AdjustmentCount), Is.EqualTo(((List<string>)["0", "2"], 3)));
    }

    [Test]
    public async Task Handle_InvalidAdjustment_NamesEachFieldAndWritesNothing()
    {
        _connectors.Setup(connectors => connectors.ExistsAsync(It.IsAny<ConnectorId>(), default)).ReturnsAsync(true);
        await AssertInvalidAsync(
            Command with { Id = null, Adjustments = [new() { Reference = "", CreatedAt = "2024-05-03T12:00:00Z", Status = "x", Amount = "-1" }] },
            "id",
            "adjustments[0].reference",
            "adjustments[0].createdAt",
            "adjustments[0].status",
            "adjustments[0].amount",
            "adjustments[0].raw");
    }

    [Test]
    public Task Handle_ValuesContradictHistory_NamesEachFieldAndWritesNothing() => AssertInvalidAsync(
        Command with
        {
            Id = Sample.Payment(reference: "ref-002").Id.ToString(),
            Provider = "WISE",
            InitialAmount = "99",
            Amount = "61",
            Status = "PENDING",
            Raw = "{ }",
        },
        "id",
        "provider",
        "initialAmount",
        "amount",
        "status",
        "raw");

    private async Task AssertInvalidAsync(ImportPaymentCommand command, params string[] fields)
    {
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(command));
        Assert.That(invalid!.Errors.Select(error => error.Field), Is.EqualTo(fields));
        Assert.That(_payments.Writes, Is.Empty);
    }

    private Task<RecordedPayment> HandleAsync(ImportPaymentCommand command) =>
        new ImportPaymentHandler(_payments, _connectors.Object, new FakeTimeProvider(Sample.Now.AddDays(1))).Handle(command, default);
}
