using Moq;
using Payments.Application.Connectors;
using Payments.Domain;
using Payments.Domain.Connectors;

namespace Payments.Application.Tests.Connectors;

public sealed class InstallConnectorHandlerTests
{
    private static readonly DateTimeOffset Now = new(2024, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task Handle_WhenTheNameIsFree_InstallsUnderANewId()
    {
        var first = await HandleAsync(new("DUMMY-PAY", "Main"), isFree: true);
        var second = await HandleAsync(new("dummypay", "Main"), isFree: true);
        Assert.Multiple(() =>
        {
            Assert.That(first.Id.Provider.Id, Is.EqualTo("dummypay"));
            Assert.That(first.Name.Text, Is.EqualTo("Main"));
            Assert.That(first.InstalledAt, Is.EqualTo(new Instant(Now)));
            Assert.That(second.Id, Is.Not.EqualTo(first.Id));
        });
    }

    [Test]
    public async Task Handle_WhenTheNameIsTaken_Conflicts()
    {
        var conflict = await Assert.ThrowsAsync<ConflictException>(() => HandleAsync(new("stripe", "Main"), isFree: false));
        Assert.That(conflict!.Errors.Single().Field, Is.EqualTo("name"));
    }

    [Test]
    public async Task Handle_WhenProviderAndNameAreWrong_NamesBoth()
    {
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(new("no-such", null), isFree: true));
        Assert.That(invalid!.Errors.Select(error => error.Field), Is.EqualTo((string[])["provider", "name"]));
    }

    private static Task<Connector> HandleAsync(InstallConnectorCommand command, bool isFree)
    {
        var connectors = new Mock<IConnectorRepository>(MockBehavior.Strict);
        connectors.Setup(repository => repository.AddAsync(It.IsAny<Connector>(), default)).ReturnsAsync(isFree);
        return new InstallConnectorHandler(connectors.Object, new StoppedClock(Now)).Handle(command, default);
    }
}
