using Microsoft.Extensions.Time.Testing;
using Moq;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Application.Tests.Payments;

public sealed class ImportPaymentHandlerTests
{
    private static readonly DateTimeOffset Now = new(2024, 5, 2, 12, 0, 0, TimeSpan.Zero);

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

    private readonly Mock<IConnectorRepository> _connectors = new(MockBehavior.Strict);
    private Mock<IPaymentRepository> _payments = null!;
    private Payment? _stored;
    private List<string> _adjustments = null!;

    /// <summary>A store that keeps what it is given.</summary>
    [SetUp]
    public void Create()
    {
        _stored = null;
        _adjustments = [];
        _payments = new(MockBehavior.Strict);
        _payments.Setup(payments => payments.AddAsync(It.IsAny<Payment>(), default)).ReturnsAsync((Payment payment, CancellationToken _) =>
        {
            if (_stored is not null)
            {
                return false;
            }

            Keep(payment);
            return true;
        });
        _payments.Setup(payments => payments.FindAsync(It.IsAny<PaymentId>(), default)).ReturnsAsync(() => _stored);
        _payments.Setup(payments => payments.SaveAsync(It.IsAny<Payment>(), It.IsAny<Payment>(), default))
            .ReturnsAsync((Payment _, Payment changed, CancellationToken _) => Keep(changed));
    }

    [Test]
    public async Task Handle_NewPayment_StoresHistoryInOrder()
    {
        var imported = await HandleAsync(Command);
        Assert.Multiple(() =>
        {
            Assert.That(imported, Is.EqualTo(new RecordedPayment(_stored!, RecordOutcome.Created)));
            Assert.That(_adjustments, Is.EqualTo((string[])["0", "1", "2", "3"]));
            Assert.That(_stored!.Adjustments.Select(step => step.Status), Is.EqualTo((PaymentStatus[])[PaymentStatus.Refunded, PaymentStatus.Succeeded, PaymentStatus.Pending]));
            Assert.That(_stored.ReportedMetadata.Reported.Entries["k"], Is.EqualTo("1"));
            Assert.That(_stored.Metadata.Entries["k"], Is.EqualTo("2"));
        });
    }

    [Test]
    public async Task Handle_SamePaymentStored_WritesNothing()
    {
        await HandleAsync(Command);
        _adjustments.Clear();
        var imported = await HandleAsync(Command);
        Assert.That((imported.Outcome, _adjustments.Count), Is.EqualTo((RecordOutcome.Replayed, 0)));
    }

    [Test]
    public async Task Handle_InterruptedBefore_StoresRest([Range(1, 3)] int writes)
    {
        var left = writes;
        _payments.Setup(payments => payments.SaveAsync(It.IsAny<Payment>(), It.IsAny<Payment>(), default))
            .ReturnsAsync((Payment _, Payment changed, CancellationToken _) => --left > 0 ? Keep(changed) : throw new UnavailableException("gone"));

        await Assert.ThrowsAsync<UnavailableException>(() => HandleAsync(Command));
        var (stored, written) = (_stored, _adjustments);
        Create();
        (_stored, _adjustments) = (stored, written);
        Assert.That((await HandleAsync(Command)).Outcome, Is.EqualTo(writes == 3 ? RecordOutcome.Updated : RecordOutcome.Adjusted));
        Assert.That(_adjustments, Is.EqualTo(writes == 3 ? (string[])["0", "1", "2", "3"] : ["0", "1", "2"]), "the edits come with the first missing adjustment");
    }

    [Test]
    public async Task Handle_OtherChangeFirst_MergesAgain()
    {
        var isFirst = true;
        _payments.Setup(payments => payments.SaveAsync(It.IsAny<Payment>(), It.IsAny<Payment>(), default)).ReturnsAsync((Payment _, Payment payment, CancellationToken _) =>
        {
            // The other one is the same step, which is then no longer lacking.
            Keep(payment);
            var inTime = !isFirst;
            isFirst = false;
            return inTime;
        });
        await HandleAsync(Command);
        Assert.That(_adjustments, Is.EqualTo((string[])["0", "1", "2"]));
    }

    [Test]
    public async Task Handle_InvalidAdjustment_NamesEachFieldAndWritesNothing()
    {
        _connectors.Setup(connectors => connectors.ExistsAsync(It.IsAny<ConnectorId>(), default)).ReturnsAsync(true);
        var command = Command with
        {
            Id = null,
            Adjustments = [new() { Reference = "", CreatedAt = "2024-05-03T12:00:00Z", Status = "x", Amount = "-1" }],
        };
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(command));
        Assert.That(
            invalid!.Errors.Select(error => error.Field),
            Is.EqualTo((string[])["id", "adjustments[0].reference", "adjustments[0].createdAt", "adjustments[0].status", "adjustments[0].amount", "adjustments[0].raw"]));
        Assert.That(_adjustments, Is.Empty);
    }

    [Test]
    public async Task Handle_ValuesContradictHistory_NamesEachFieldAndWritesNothing()
    {
        var command = Command with
        {
            Id = "eyJDb25uZWN0b3JJRCI6eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9LCJSZWZlcmVuY2UiOiJyZWYtMDAyIiwiVHlwZSI6IlBBWS1JTiJ9",
            Provider = "WISE",
            InitialAmount = "99",
            Amount = "61",
            Status = "PENDING",
            Raw = "{ }",
        };
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(command));
        Assert.That(invalid!.Errors.Select(error => error.Field), Is.EqualTo((string[])["id", "provider", "initialAmount", "amount", "status", "raw"]));
        Assert.That(_adjustments, Is.Empty);
    }

    [Test]
    public async Task Handle_ConnectorNotInstalled_ThrowsNamingConnectorId()
    {
        _payments.Setup(payments => payments.AddAsync(It.IsAny<Payment>(), default)).ThrowsAsync(new ValidationException([Connector.NotInstalled]));
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(Command));
        Assert.That(invalid!.Errors.Select(error => error.Field), Is.EqualTo((string[])["connectorID"]));
    }

    private bool Keep(Payment payment)
    {
        _stored = payment;
        _adjustments.Add(payment.Version);
        return true;
    }

    private Task<RecordedPayment> HandleAsync(ImportPaymentCommand command) =>
        new ImportPaymentHandler(_payments.Object, _connectors.Object, new FakeTimeProvider(Now)).Handle(command, default);
}
