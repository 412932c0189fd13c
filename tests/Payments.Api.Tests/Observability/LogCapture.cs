using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Payments.Api.Observability;

namespace Payments.Api.Tests.Observability;

/// <summary>What a service logs, as its standard output has it in Production.</summary>
internal sealed class LogCapture : IDisposable
{
    private readonly MemoryStream _adjustments = new();

    /// <summary>The lines; all of them once <see cref="End"/> has been.</summary>
    public string[] Lines => Encoding.UTF8.GetString(_adjustments.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void AddTo(IServiceCollection services) => services.AddSingleton<ILoggerProvider>(_ => new JsonLog(_adjustments));

    public void Dispose() => _adjustments.Dispose();

    /// <summary>Waits until all is written, and stops the service's logs.</summary>
    public static void End(PaymentsService service)
    {
        foreach (var log in service.Services.GetServices<ILoggerProvider>().OfType<JsonLog>())
        {
            log.Dispose();
        }
    }
}
