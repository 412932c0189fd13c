using MediatR;
using Moq;
using Payments.Application.Connectors;
using Payments.Domain;
using Payments.Domain.Connectors;

namespace Payments.Application.Tests.Connectors;

public sealed class UninstallConnectorHandlerTests
{
    private static readonly ConnectorId Id = Sample.Connector("dummypay").Id;

    [TestCase("dummypay")]
    [TestCase("DUMMY-PAY")]
    [TestCase("DummyPay")]
    public async Task Handle_AnyFormOfProvider_RemovesConnector(string provider)
    {
        var connectors = Connectors(RemoveOutcome.Removed);
        await HandleAsync(connectors, provider);
        connectors.VerifyAll();
    }

    [TestCase("stripe")]
    [TestCase("no-such")]
    [TestCase("")]
    public async Task Handle_OtherProvider_ThrowsNotFoundAndRemovesNothing(string provider) =>
        await Assert.ThrowsAsync<NotFoundException>(() => HandleAsync(new Mock<IConnectorRepository>(MockBehavior.Strict), provider));

    [Test]
    public async Task Handle_NotInstalled_ThrowsNotFound() =>
        await Assert.ThrowsAsync<NotFoundException>(() => HandleAsync(Connectors(RemoveOutcome.NotInstalled), "dummypay"));

    [Test]
    public async Task Handle_ConnectorInUse_ThrowsConflict()
    {
        var conflict = await Assert.ThrowsAsync<ConflictException>(() => HandleAsync(Connectors(RemoveOutcome.InUse), "dummypay"));
        Assert.That(conflict!.Message, Does.Contain("which are never deleted"));
    }

    private static Mock<IConnectorRepository> Connectors(RemoveOutcome outcome)
    {
        var connectors = new Mock<IConnectorRepository>(MockBehavior.Strict);
        connectors.Setup(repository => repository.RemoveAsync(Id, default)).ReturnsAsync(outcome);
        return connectors;
    }

    private static Task<Unit> HandleAsync(Mock<IConnectorRepository> connectors, string provider) =>
        new UninstallConnectorHandler(connectors.Object).Handle(new(provider, Id), default);
}
