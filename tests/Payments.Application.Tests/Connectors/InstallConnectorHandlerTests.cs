using Microsoft.Extensions.Time.Testing;
using Moq;
using Payments.Application.Connectors;
using Payments.Domain;
using Payments.Domain.Connectors;

namespace Payments.Application.Tests.Connectors;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class InstallConnectorHandlerTests
{
    private static readonly ConnectorId GivenId = Sample.Value<ConnectorId>(Sample.ConnectorId);

    private readonly Mock<IConnectorRepository> _connectors = new(MockBehavior.Strict);

    [Test]
    public async Task Handle_NewName_InstallsWithNewId()
    {
        SetAdded();
        var first = await HandleAsync(new("DUMMY-PAY", "Main"));
        var second = await HandleAsync(new("dummypay", "Main"));
        Assert.Multiple(() =>
        {
            Assert.That(first.Id.Provider.Id, Is.EqualTo("dummypay"));
            Assert.That(first.Name.Text, Is.EqualTo("Main"));
            Assert.That(first.InstalledAt, Is.EqualTo(new Instant(Sample.Now)));
            Assert.That(second.Id, Is.Not.EqualTo(first.Id));
        });
    }

    [Test]
    public async Task Handle_NewId_InstallsWithThatId()
    {
        SetAdded();
        Assert.That((await HandleAsync(new("STRIPE", "Main", Sample.ConnectorId))).Id, Is.EqualTo(GivenId));
    }

    [TestCase(null)]
    [TestCase(Sample.ConnectorId)]
    public async Task Handle_NameInUse_ThrowsConflict(string? id)
    {
        SetInstalled(Sample.Connector("stripe", "Main"));
        var conflict = await Assert.ThrowsAsync<ConflictException>(() => HandleAsync(new("stripe", "Main", id)));
        Assert.That(
            conflict!.Errors.Single(),
            Is.EqualTo(new FieldError("name", "must not be Main, which is already recorded for another connector of STRIPE, ignoring case")));
    }

    // The connection to the database can break after the commit of an attempt.
    [Test]
    public async Task Handle_FirstAttemptWasStored_ReturnsIt()
    {
        Connector? stored = null;
        _connectors.Setup(connectors => connectors.AddAsync(It.IsAny<Connector>(), null, default))
            .Callback((Connector connector, string? _, CancellationToken _) => stored = connector).ReturnsAsync(false);
        _connectors.Setup(connectors => connectors.FindAsync(It.IsAny<ConnectorId>(), default)).ReturnsAsync(() => stored);
        Assert.That(await HandleAsync(new("stripe", "Main")), Is.EqualTo(stored));
    }

    [Test]
    public async Task Handle_InstalledIdSameName_ReturnsIt()
    {
        var installed = new Connector(GivenId, Sample.Value<ConnectorName>("Main"), new Instant(Sample.Now));
        SetInstalled(installed);
        Assert.That(await HandleAsync(new("stripe", "MAIN", Sample.ConnectorId)), Is.EqualTo(installed));
    }

    [Test]
    public async Task Handle_InstalledIdOtherName_ThrowsConflict()
    {
        SetInstalled(new Connector(GivenId, Sample.Value<ConnectorName>("Main"), new Instant(Sample.Now)));
        var conflict = await Assert.ThrowsAsync<ConflictException>(() => HandleAsync(new("stripe", "Other", Sample.ConnectorId)));
        Assert.That(conflict!.Errors.Single(), Is.EqualTo(new FieldError("name", "must be Main, which is already recorded for this connectorID")));
    }

    [TestCase("no-such", null, null, "provider", "name")]
    [TestCase("stripe", "Main", "x", "connectorID")]
    [TestCase("wise", "Main", Sample.ConnectorId, "connectorID")]
    public async Task Handle_InvalidValue_NamesEachField(string provider, string? name, string? id, params string[] fields)
    {
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(new(provider, name, id)));
        Assert.That(invalid!.Errors.Select(error => error.Field), Is.EqualTo(fields));
    }

    private void SetAdded() => _connectors.Setup(connectors => connectors.AddAsync(It.IsAny<Connector>(), null, default)).ReturnsAsync(true);

    private void SetInstalled(Connector installed)
    {
        _connectors.Setup(connectors => connectors.AddAsync(It.IsAny<Connector>(), null, default)).ReturnsAsync(false);
        _connectors.Setup(connectors => connectors.FindAsync(It.IsAny<ConnectorId>(), default))
            .ReturnsAsync((ConnectorId id, CancellationToken _) => id == installed.Id ? installed : null);
    }

    private Task<Connector> HandleAsync(InstallConnectorCommand command) =>
        new InstallConnectorHandler(_connectors.Object, [], new FakeTimeProvider(Sample.Now)).Handle(command, default);
}
