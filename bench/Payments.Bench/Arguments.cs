using System.Globalization;

namespace Payments.Bench;

/// <summary>What is measured, and for how long.</summary>
internal sealed record Arguments(int Seconds, int Connections, IReadOnlyList<long> Fills, string Service, string? Against, IReadOnlyList<string> Only)
{
    private const string Usage =
        """
        dotnet run -c Release --project bench/Payments.Bench -- [options]
          --seconds N       seconds that each operation of each endpoint is measured, over all rounds (10)
          --connections N   connections that send requests at the same time (32)
          --fill N[,N…]     payments that are stored before creates and reads are measured again (1000000); 0 for none
          --only NAME[,…]   only these: create replay get list list100 list1000 filtered export csv import single events provider-event start pages verify
          --service DLL     another build of the service instead of this repository's
          --against DLL     only compares the service with this other build
        """;

    public bool Has(string operation) => Only.Count == 0 || Only.Contains(operation);

    public static Arguments Read(IReadOnlyList<string> args)
    {
        var service = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Payments.Api/release/Payments.Api.dll"));
        var read = new Arguments(10, 32, [1_000_000], service, null, []);
        for (var i = 0; i < args.Count; i += 2)
        {
            var value = i + 1 < args.Count ? args[i + 1] : throw new ArgumentException(Usage);
            read = args[i] switch
            {
                "--seconds" => read with { Seconds = (int)Number(value) },
                "--connections" => read with { Connections = (int)Number(value) },
                "--fill" => read with { Fills = [.. value.Split(',').Select(Number).Where(fill => fill > 0).Order()] },
                "--only" => read with { Only = value.Split(',') },
                "--service" => read with { Service = Path.GetFullPath(value) },
                "--against" => read with { Against = Path.GetFullPath(value) },
                _ => throw new ArgumentException(Usage),
            };
        }

        return File.Exists(read.Service)
            ? read
            : throw new ArgumentException($"There is no Release build of the service at {read.Service}. Run this with -c Release.");
    }

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new ArgumentException(Usage);
}
