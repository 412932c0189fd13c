using System.Globalization;
using Payments.Durability;

const string Usage =
    """
    dotnet run -c Release --project tools/Payments.Durability -- [options]
      --kills N           number of times to kill the service (60)
      --power-losses N    number of times to cut the power of the disk (20)
      --connections N     number of concurrent connections (32)
      --seed N            repeat the choices of an earlier run
      --only NAME[,…]     run only these scenarios:
    """;

var extent = Extent.Long;
var scenarios = Scenario.All;
for (var i = 0; i < args.Length; i += 2)
{
    var value = args.ElementAtOrDefault(i + 1) ?? "";
    var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
    switch (args[i])
    {
        case "--kills" when isNumber:
            extent = extent with { Kills = number };
            break;
        case "--power-losses" when isNumber:
            extent = extent with { PowerLosses = number };
            break;
        case "--connections" when isNumber:
            extent = extent with { Connections = number };
            break;
        case "--seed" when isNumber:
            extent = extent with { Seed = number };
            break;
        case "--only" when value.Split(',').All(name => Scenario.All.Any(scenario => scenario.Name == name)):
            scenarios = [.. Scenario.All.Where(scenario => value.Split(',').Contains(scenario.Name))];
            break;
        default:
            Console.Error.WriteLine($"{Usage} {string.Join(' ', Scenario.All.Select(scenario => scenario.Name))}");
            return 2;
    }
}

Console.Error.WriteLine($"Seed: {extent.Seed}");
var results = new List<Result>();
foreach (var scenario in scenarios)
{
    var result = await scenario.RunAsync(extent, Console.Error);
    results.Add(result);
    Console.Error.WriteLine($"{scenario.Name}: {result.Verdict}. {result.Skipped ?? result.Details}");
    foreach (var fault in result.Faults.Take(20))
    {
        Console.Error.WriteLine(fault.Length > 3000 ? fault[..3000] : fault);
    }
}

Console.WriteLine($"Seed {extent.Seed}, {extent.Connections} connections.");
Console.WriteLine();
Console.WriteLine("| scenario | passed | details |");
Console.WriteLine("|---|---|---|");
results.ForEach(result => Console.WriteLine($"| {result.Name} | {result.Verdict} | {result.Skipped ?? result.Details} |"));
return results.All(result => result.Faults.Count == 0) ? 0 : 1;
