namespace Payments.Durability.Tests;

/// <summary>The short form of what the program does at length.</summary>
internal sealed class DurabilityTests
{
    [TestCaseSource(typeof(Scenario), nameof(Scenario.All))]
    public async Task RunAsync_OfAScenario_FindsEveryPromiseKept(Scenario scenario)
    {
        var result = await scenario.RunAsync(Extent.Short, TestContext.Out);
        if (result.Skipped is not null)
        {
            Assert.Ignore(result.Skipped);
        }

        TestContext.Out.WriteLine(result.Seen);
        Assert.That(result.Faults, Is.Empty);
    }
}
