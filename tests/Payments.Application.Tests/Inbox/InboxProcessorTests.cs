using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Moq;
using Payments.Application.Inbox;
using Payments.Application.Payments;
using Payments.Application.Providers;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Application.Tests.Inbox;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class InboxProcessorTests
{
    private static readonly ConnectorId Connector = Sample.Value<ConnectorId>(Sample.ConnectorId);
    private static readonly PaymentLookup Lookup = new PaymentLookup.ByReference(PaymentType.PayIn, "pi_1");
    private static readonly InboxEntry Entry = new(1, Connector, "evt_1", "kind", new(Sample.Now), InboxState.Received, null, null, "{}");

    private readonly Mock<IInbox> _inbox = new();
    private readonly Mock<IProviderWebhooks> _webhooks = new();
    private readonly Mock<IPaymentRepository> _payments = new();
    private readonly List<InboxResult> _saved = [];

    [SetUp]
    public void RecordSaved() => _inbox.Setup(inbox => inbox.SaveAsync(It.IsAny<InboxEntry>(), It.IsAny<InboxResult>(), default))
        .Callback((InboxEntry _, InboxResult result, CancellationToken _) => _saved.Add(result));

    // The event of the payment was read before the entry was stored as waiting, so nothing would wake it.
    [Test]
    public async Task ProcessAsync_PaymentRecordedBeforeWaitingIsStored_IsApplied()
    {
        var payment = Sample.Payment(Connector, "pi_1", "1000", PaymentStatus.Succeeded);
        SetPayment(payment);
        SetMapped(new ProviderCommand(Refund("100"), [Lookup]));
        _inbox.Setup(inbox => inbox.FindPaymentAsync(Connector, Lookup, default)).ReturnsAsync(() => _saved.Count == 0 ? null : new(payment.Id, "USD/2"));
        Assert.That(await ProcessAsync(), Is.EqualTo(InboxState.Applied));
        Assert.That(_saved.Select(result => result.State), Is.EqualTo((InboxState[])[InboxState.Waiting, InboxState.Applied]));
        Assert.That(_saved[0].Waits, Is.EqualTo((PaymentLookup[])[Lookup]));
    }

    [Test]
    public async Task ProcessAsync_NoPayment_IsStoredAsWaitingOnce()
    {
        SetMapped(new ProviderCommand(Refund("100"), [Lookup]));
        Assert.That(await ProcessAsync(), Is.EqualTo(InboxState.Waiting));
        Assert.That(_saved, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task ProcessAsync_PaymentInAnotherAsset_FailsAndWaitsForThePayment()
    {
        SetMapped(new ProviderCommand(Refund("100"), [Lookup]) { Asset = "USD/2" });
        _inbox.Setup(inbox => inbox.FindPaymentAsync(Connector, Lookup, default)).ReturnsAsync(new FoundPayment(Sample.Payment(Connector, "pi_1").Id, "JPY/0"));
        Assert.That(await ProcessAsync(), Is.EqualTo(InboxState.Failed));
        Assert.That(_saved.Single().Reason, Is.EqualTo("The event is in USD/2 and its payment in JPY/0."));
        Assert.That(_saved.Single().Waits, Is.EqualTo((PaymentLookup[])[Lookup]));
    }

    [Test]
    public async Task ProcessAsync_SeveralCommands_ShowsWhatFailedAndWaitsForAll()
    {
        var payment = Sample.Payment(Connector, "pi_1", "1000", PaymentStatus.Succeeded);
        SetPayment(payment);
        var other = new PaymentLookup.ByReference(PaymentType.PayIn, "pi_2");
        _inbox.Setup(inbox => inbox.FindPaymentAsync(Connector, Lookup, default)).ReturnsAsync(new FoundPayment(payment.Id, "USD/2"));
        SetMapped(new(Refund("100"), [Lookup]), new(Refund("5000"), [Lookup]), new(Refund("1"), [other]));
        Assert.That(await ProcessAsync(), Is.EqualTo(InboxState.Failed));
        Assert.That(_saved.Single().Payment, Is.EqualTo(payment.Id));
        Assert.That(_saved.Single().Waits, Is.EqualTo((PaymentLookup[])[Lookup, other]));
    }

    [Test]
    public async Task ProcessAsync_FaultOfTheService_FailsWithoutItsDetails()
    {
        _webhooks.Setup(webhooks => webhooks.Map("{}", It.IsAny<ProviderSettings>(), Connector)).Throws(new InvalidOperationException("secret"));
        Assert.That(await ProcessAsync(), Is.EqualTo(InboxState.Failed));
        Assert.That(_saved.Single().Reason, Does.Not.Contain("secret"));
    }

    [Test]
    public void ProcessAsync_DatabaseUnavailable_KeepsTheState()
    {
        SetMapped(new ProviderCommand(Refund("100"), [Lookup]));
        _inbox.Setup(inbox => inbox.FindPaymentAsync(Connector, Lookup, default)).ThrowsAsync(new UnavailableException("gone"));
        Assert.That(ProcessAsync, Throws.TypeOf<UnavailableException>());
        Assert.That(_saved, Is.Empty);
    }

    private static AdjustPaymentCommand Refund(string amount) =>
        new() { Reference = "re_1", CreatedAt = "2024-05-02T12:00:00Z", Status = "REFUNDED", Amount = amount, Raw = "{}" };

    private void SetPayment(Payment payment)
    {
        _payments.Setup(payments => payments.FindAsync(payment.Id, default)).ReturnsAsync(payment);
        _payments.Setup(payments => payments.SaveAsync(payment, It.IsAny<Payment>(), default)).ReturnsAsync(true);
    }

    private void SetMapped(params ProviderCommand[] commands) =>
        _webhooks.Setup(webhooks => webhooks.Map("{}", It.IsAny<ProviderSettings>(), Connector)).Returns(new ProviderCommands(commands));

    private Task<InboxState> ProcessAsync()
    {
        var mediator = new Mediator(type => type == typeof(IRequestHandler<AdjustPaymentCommand, RecordedPayment>)
            ? new AdjustPaymentHandler(_payments.Object, new FakeTimeProvider(Sample.Now.AddYears(1)))
            : Array.CreateInstance(type.GetGenericArguments()[0], 0));
        var scope = Mock.Of<IServiceScope>(scope => scope.ServiceProvider == Mock.Of<IServiceProvider>(services => services.GetService(typeof(IMediator)) == mediator));
        var scopes = Mock.Of<IServiceScopeFactory>(scopes => scopes.CreateScope() == scope);
        return new InboxProcessor(_inbox.Object, Mock.Of<IConnectorSettings>(), [], scopes, NullLogger<InboxProcessor>.Instance)
            .ProcessAsync(Entry, _webhooks.Object, new NoSettings(), default);
    }

    private sealed record NoSettings : ProviderSettings
    {
        public override bool CanVerify => true;
    }
}
