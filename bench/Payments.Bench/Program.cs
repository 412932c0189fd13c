using Payments.Bench;
using Payments.Bench.Plain;

if (args is ["--serve", var kind])
{
    await PlainEndpoint.ServeAsync(kind);
    return 0;
}

// One thread sends and receives for all connections, because switching threads would take processor time from the measured endpoint.
Environment.SetEnvironmentVariable(Program.InlineCompletions, "1");
Environment.SetEnvironmentVariable(Program.SocketThreads, "1");
try
{
    await Run.AllAsync(Arguments.Read(args));
    return 0;
}
catch (ArgumentException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}

internal sealed partial class Program
{
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    public const string SocketThreads = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";
}
