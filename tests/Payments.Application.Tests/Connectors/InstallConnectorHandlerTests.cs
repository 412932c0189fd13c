using Microsoft.Extensions.Time.Testing;
using Moq;
using Payments.Application.Connectors;
using Payments.Domain;
using Payments.Domain.Connectors;

namespace Payments.Application.Tests.Connectors;

public sealed class InstallConnectorHandlerTests
{
    [Test]
    public async Task Handle_NewName_InstallsWithNewId()
    {
        var first = await HandleAsync(new("DUMMY-PAY", "Main"), isFree: true);
        var second = await HandleAsync(new("dummypay", "Main"), isFree: true);
        Assert.Multiple(() =>
        {
            Assert.That(first.Id.Provider.Id, Is.EqualTo("dummypay"));
            Assert.That(first.Name.Text, Is.EqualTo("Main"));
            Assert.That(first.InstalledAt, Is.EqualTo(new Instant(Sample.Now)));
            Assert.That(second.Id, Is.Not.EqualTo(first.Id));
        });
    }

    [Test]
    public async Task Handle_NameInUse_ThrowsConflict()
    {
        var conflict = await Assert.ThrowsAsync<ConflictException>(() => HandleAsync(new("stripe", "Main"), isFree: false));
        Assert.That(conflict!.Errors.Single().Field, Is.EqualTo("name"));
    }

    [Test]
    public async Task Handle_FirstAttemptWasStored_ReturnsIt()
    {
        Connector? stored = null;
        var connectors = new Mock<IConnectorRepository>(MockBehavior.Strict);
        connectors.Setup(repository => repository.AddAsync(It.IsAny<Connector>(), default))
            .Callback((Connector connector, CancellationToken _) => stored = connector).ReturnsAsync(false);
        connectors.Setup(repository => repository.ListAsync(default)).ReturnsAsync(() => [stored!]);
        var installed = await new InstallConnectorHandler(connectors.Object, new FakeTimeProvider(Sample.Now)).Handle(new("stripe", "Main"), default);
        Assert.That(installed, Is.EqualTo(stored));
    }

    [Test]
    public async Task Handle_InvalidProviderAndName_NamesBoth()
    {
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(new("no-such", null), isFree: true));
        Assert.That(invalid!.Errors.Select(error => error.Field), Is.EqualTo((string[])["provider", "name"]));
    }

    [TestCase("stripe", "Main", "MAIN", null)]
    [TestCase("stripe", "Main", "Other", "name")]
    public async Task Handle_InstalledId_ReturnsItUnlessNameDiffers(string provider, string installed, string name, string? conflict)
    {
        var stored = new Connector(Elsewhere, Name(installed), new Instant(Sample.Now));
        var connectors = Taken(stored);
        var handler = new InstallConnectorHandler(connectors.Object, new FakeTimeProvider(Sample.Now));
        var command = new InstallConnectorCommand(provider, name, Elsewhere.ToString());
        if (conflict is null)
        {
            Assert.That(await handler.Handle(command, default), Is.EqualTo(stored));
        }
        else
        {
            var exception = await Assert.ThrowsAsync<ConflictException>(() => handler.Handle(command, default));
            Assert.That(exception!.Errors.Select(error => error.Field), Is.EqualTo((string[])[conflict]));
        }
    }

    [Test]
    public async Task Handle_NewIdWithNameInUse_ThrowsConflict()
    {
        var connectors = Taken(new Connector(new(Elsewhere.Provider, Guid.NewGuid()), Name("Main"), new Instant(Sample.Now)));
        var exception = await Assert.ThrowsAsync<ConflictException>(
            () => new InstallConnectorHandler(connectors.Object, new FakeTimeProvider(Sample.Now)).Handle(new("stripe", "Main", Elsewhere.ToString()), default));
        Assert.That(exception!.Errors.Select(error => error.Field), Is.EqualTo((string[])["name"]));
    }

    [Test]
    public async Task Handle_NewId_InstallsWithThatId() =>
        Assert.That((await HandleAsync(new("STRIPE", "Main", Elsewhere.ToString()), isFree: true)).Id, Is.EqualTo(Elsewhere));

    [TestCase("stripe", "x")]
    [TestCase("wise", Sample.ConnectorId)]
    public async Task Handle_InvalidIdOrOtherProvider_ThrowsNamingConnectorId(string provider, string id)
    {
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(new(provider, "Main", id), isFree: true));
        Assert.That(invalid!.Errors.Select(error => error.Field), Is.EqualTo((string[])["connectorID"]));
    }

    private static ConnectorId Elsewhere { get; } =
        ConnectorId.TryParse(Sample.ConnectorId, out var id) ? id : null!;

    private static ConnectorName Name(string text) => ConnectorName.TryParse(text, out var name) ? name : null!;

    private static Mock<IConnectorRepository> Taken(Connector stored)
    {
        var connectors = new Mock<IConnectorRepository>(MockBehavior.Strict);
        connectors.Setup(repository => repository.AddAsync(It.IsAny<Connector>(), default)).ReturnsAsync(false);
        connectors.Setup(repository => repository.ListAsync(default)).ReturnsAsync([stored]);
        return connectors;
    }

    private static Task<Connector> HandleAsync(InstallConnectorCommand command, bool isFree)
    {
        var connectors = new Mock<IConnectorRepository>(MockBehavior.Strict);
        connectors.Setup(repository => repository.AddAsync(It.IsAny<Connector>(), default)).ReturnsAsync(isFree);
        connectors.Setup(repository => repository.ListAsync(default)).ReturnsAsync([]);
        return new InstallConnectorHandler(connectors.Object, new FakeTimeProvider(Sample.Now)).Handle(command, default);
    }
}
