namespace Payments.Api.Tests.Observability;

/// <summary>What services that are started from now on write to the console.</summary>
internal sealed class ConsoleOutput : IDisposable
{
    private readonly TextWriter _before = Console.Out;
    private readonly StringWriter _written = new();
    private readonly TextWriter _synchronized;

    public ConsoleOutput()
    {
        _synchronized = TextWriter.Synchronized(_written);
        Console.SetOut(_synchronized);
    }

    /// <summary>The lines so far; all of them once the service has stopped.</summary>
    public string[] Lines
    {
        get
        {
            _synchronized.Flush();
            lock (_synchronized)
            {
                return _written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            }
        }
    }

    public void Dispose() => Console.SetOut(_before);
}
