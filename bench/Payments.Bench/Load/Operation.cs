using System.Text;

namespace Payments.Bench.Load;

/// <summary>A request that a connection sends again and again.</summary>
internal sealed record Operation(Func<Target, byte[], int> Write)
{
    private const int MaxBytes = 4096;

    public static Operation Create { get; } = new((target, request) => target.WriteCreate(target.TakeNumber(), request));

    /// <summary>A random one of the creates that were sent before.</summary>
    public static Operation Replay { get; } = new((target, request) => target.WriteCreate(Stored(target), request));

    public static Operation Get { get; } = new((target, request) => Request($"GET /api/payments/payments/{target.Sample.Id(Stored(target))} ", target, request));

    /// <summary>The first page of 15.</summary>
    public static Operation List { get; } = Page("");

    public static Operation List100 { get; } = Page("?pageSize=100");

    public static Operation List1000 { get; } = Page("?pageSize=1000");

    /// <summary>The first page of 15 payments of one status and scheme; most payments match.</summary>
    public static Operation Filtered { get; } = Page("?status=SUCCEEDED&scheme=visa");

    public static byte[] Buffer() => new byte[MaxBytes];

    private static Operation Page(string query) => new((target, request) => Request($"GET /api/payments/payments{query} ", target, request));

    private static long Stored(Target target) => Random.Shared.NextInt64(target.Sent);

    private static int Request(string start, Target target, byte[] request)
    {
        var length = Encoding.ASCII.GetBytes(start, request);
        target.End.CopyTo(request, length);
        return length + target.End.Length;
    }
}
