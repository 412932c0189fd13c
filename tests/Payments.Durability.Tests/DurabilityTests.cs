namespace Payments.Durability.Tests;

/// <summary>The short form of what the program does at length.</summary>
internal sealed class DurabilityTests
{
    private static IEnumerable<Scenario> ShortForm => Scenario.All.Where(scenario => scenario.IsInShortForm);

    [TestCaseSource(nameof(ShortForm))]
    public async Task RunAsync_OfAScenario_FindsEveryPromiseKept(Scenario scenario)
    {
        var result = await scenario.RunAsync(Extent.Short, TestContext.Out);
        if (result.Skipped is not null)
        {
            Assert.Ignore(result.Skipped);
        }

        TestContext.Out.WriteLine($"Seed {Extent.Short.Seed}: {result.Seen}");
        Assert.That(result.Faults, Is.Empty);
    }
}
