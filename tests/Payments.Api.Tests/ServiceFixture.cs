namespace Payments.Api.Tests;

/// <summary>Tests of one service, which they call with a token. Each test has a new connector.</summary>
internal abstract class ServiceFixture
{
    protected PaymentsService Service { get; private set; } = null!;

    protected string Connector { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => Service = await new PaymentsService().AuthorizedAsync();

    [OneTimeTearDown]
    public void Stop() => Service.Dispose();

    [SetUp]
    public async Task InstallAsync() => Connector = await Service.InstallAsync();
}
