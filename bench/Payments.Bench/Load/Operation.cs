using System.Text;

namespace Payments.Bench.Load;

/// <summary>What a connection asks for again and again.</summary>
internal sealed record Operation(string Name, Func<Target, byte[], int> Write)
{
    private const int MaxBytes = 4096;

    public static Operation Create { get; } = new("create", (target, request) => target.WriteCreate(target.TakeNumber(), request));

    /// <summary>A create that was sent before, picked at random.</summary>
    public static Operation Replay { get; } = new("replay", (target, request) => target.WriteCreate(Stored(target), request));

    public static Operation Get { get; } = new("get", (target, request) => Request($"GET /api/payments/payments/{target.Sample.Id(Stored(target))} ", target, request));

    /// <summary>The first page of 15.</summary>
    public static Operation List { get; } = new("list", (target, request) => Request("GET /api/payments/payments ", target, request));

    public static byte[] Buffer() => new byte[MaxBytes];

    private static long Stored(Target target) => Random.Shared.NextInt64(target.Sent);

    private static int Request(string start, Target target, byte[] request)
    {
        var length = Encoding.ASCII.GetBytes(start, request);
        target.End.CopyTo(request, length);
        return length + target.End.Length;
    }
}
