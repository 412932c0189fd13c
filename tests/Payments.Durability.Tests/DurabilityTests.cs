namespace Payments.Durability.Tests;

/// <summary>Short runs of the durability program.</summary>
internal sealed class DurabilityTests
{
    private static IEnumerable<Scenario> Short => Scenario.All.Where(scenario => scenario.IsShort);

    [TestCaseSource(nameof(Short))]
    public async Task RunAsync_ShortScenario_FindsNoFault(Scenario scenario)
    {
        var result = await scenario.RunAsync(Extent.Short, TestContext.Out);
        if (result.Skipped is not null)
        {
            Assert.Ignore(result.Skipped);
        }

        TestContext.Out.WriteLine($"Seed {Extent.Short.Seed}: {result.Details}");
        Assert.That(result.Faults, Is.Empty);
    }
}
