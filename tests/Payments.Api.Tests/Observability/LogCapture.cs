using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Payments.Api.Observability;

namespace Payments.Api.Tests.Observability;

/// <summary>The log of a service as JSON, as in Production.</summary>
internal sealed class LogCapture : IDisposable
{
    private readonly MemoryStream _written = new();

    /// <summary>The lines; complete after <see cref="End"/>.</summary>
    public string[] Lines => Encoding.UTF8.GetString(_written.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void AddTo(IServiceCollection services) => services.AddSingleton<ILoggerProvider>(_ => new JsonLog(_written));

    public void Dispose() => _written.Dispose();

    /// <summary>Writes the queued lines and stops the log.</summary>
    public static void End(PaymentsService service)
    {
        foreach (var log in service.Services.GetServices<ILoggerProvider>().OfType<JsonLog>())
        {
            log.Dispose();
        }
    }
}
