using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Payments.Api.Hosting;
using Payments.Api.Service;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Observability;

internal sealed class MetricsSettings : ISettings
{
    public const string PortKey = "Metrics:Port";

    /// <summary>The port of <c>/metrics</c>, so that the network decides who can read them; null for none.</summary>
    public int? Port { get; set; }

    public IEnumerable<(bool IsWrong, string Error)> Checks(IHostEnvironment environment) =>
        [(Port is not (null or (> 0 and <= 65535)), $"{PortKey} is '{Port}'. Set it to one of the ports that the service listens on.")];
}

/// <summary>Traces, metrics and logs by OTLP, and metrics for Prometheus. What is not set is not registered.</summary>
internal static class Telemetry
{
    public const string MetricsPath = "/metrics";

    // OpenTelemetry's specification has one endpoint for all signals and one for each.
    private static readonly string[] Endpoints =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    ];

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<MetricsSettings>("Metrics");
        var isExported = Endpoints.Any(endpoint => builder.Configuration[endpoint] is { Length: > 0 });
        var isScraped = builder.Configuration[MetricsSettings.PortKey] is { Length: > 0 };
        if (!isExported && !isScraped)
        {
            return;
        }

        var telemetry = builder.Services.AddOpenTelemetry()
            // Last, so that the environment overrides the name.
            .ConfigureResource(resource => resource.AddService("payments", serviceVersion: ServiceController.Version).AddEnvironmentVariableDetector())
            .WithMetrics(metrics =>
            {
                metrics.AddMeter("Payments", "System.Runtime");
                metrics.AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.RateLimiting");
                if (isScraped)
                {
                    metrics.AddPrometheusExporter();
                }
            });
        if (isExported)
        {
            telemetry
                .WithTracing(tracing => tracing
                    .AddSource("Payments", "System.Net.Http")
                    .AddAspNetCoreInstrumentation(requests => requests.Filter = context => !RequestLog.IsProbe(context.Request.Path))
                    .AddProcessor<SpanRedaction>())
                .WithLogging(logging => logging.AddProcessor<LogRedaction>(), logging => logging.IncludeFormattedMessage = true)
                .UseOtlpExporter();
        }
    }

    public static void UseMetricsPage(this WebApplication app)
    {
        if (MetricsPort(app) is { } port)
        {
            app.UseOpenTelemetryPrometheusScrapingEndpoint(context => context.Connection.LocalPort == port && context.Request.Path == MetricsPath);
        }
    }

    /// <summary>Stops a start whose metrics nobody could read. The port is that of a socket of this process, so the port of a proxy does not count.</summary>
    public static void CheckMetricsPort(this WebApplication app)
    {
        if (MetricsPort(app) is { } port && app.Urls.All(url => BindingAddress.Parse(url).Port != port))
        {
            throw new StartupException(
                $"{MetricsSettings.PortKey} is '{port}', but the service listens on {string.Join(" and ", app.Urls)}. Set it to one of these ports, or add the port to ASPNETCORE_URLS.");
        }
    }

    private static int? MetricsPort(WebApplication app) => app.Services.GetRequiredService<IOptions<MetricsSettings>>().Value.Port;

    /// <summary>Removes the path and the query from a span, because they contain ids and filters, and a method that the client made up. The route stays.</summary>
    private sealed class SpanRedaction : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            data.SetTag("url.path", null);
            data.SetTag("url.query", null);
            data.SetTag("http.request.method_original", null);
            // Without the description, which is the message of an exception.
            data.SetStatus(data.Status);
        }
    }

    private sealed class LogRedaction : BaseProcessor<LogRecord>
    {
        public override void OnEnd(LogRecord data)
        {
            if (data.Exception is { } exception)
            {
                var type = KeyValuePair.Create("exception.type", (object?)exception.GetType().FullName);
                data.Attributes = [.. data.Attributes ?? [], type, new("exception.stacktrace", JsonLog.Describe(exception))];
                data.Exception = null;
            }
        }
    }
}
