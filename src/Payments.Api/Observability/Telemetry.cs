using System.Diagnostics;
using System.Globalization;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Payments.Api.Service;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Observability;

/// <summary>Traces, metrics and logs by OTLP, and metrics for Prometheus. Where neither is asked for, nothing of it is there.</summary>
internal static class Telemetry
{
    public const string MetricsPath = "/metrics";

    // By OpenTelemetry's specification the endpoint is of all signals or of one.
    private static readonly string[] Endpoints =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    ];

    public static void Add(WebApplicationBuilder builder)
    {
        var isExported = Endpoints.Any(endpoint => builder.Configuration[endpoint] is { Length: > 0 });
        var isScraped = MetricsPort(builder.Configuration) is not null;
        if (!isExported && !isScraped)
        {
            return;
        }

        var telemetry = builder.Services.AddOpenTelemetry()
            // What the environment says comes last and so prevails.
            .ConfigureResource(resource => resource.AddService("payments", serviceVersion: ServiceController.Version).AddEnvironmentVariableDetector())
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(
                    "Payments",
                    "Microsoft.AspNetCore.Hosting",
                    "Microsoft.AspNetCore.Server.Kestrel",
                    "Microsoft.AspNetCore.RateLimiting",
                    "System.Runtime");
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

    /// <summary>Shows the metrics to whoever reaches the one port that is named for it; who that is, the network decides.</summary>
    public static void UseMetricsPage(WebApplication app)
    {
        if (MetricsPort(app.Configuration) is { } port)
        {
            app.UseOpenTelemetryPrometheusScrapingEndpoint(
                context => context.Connection.LocalPort == port && context.Request.Path == MetricsPath);
        }
    }

    private static int? MetricsPort(IConfiguration configuration) => configuration["Metrics:Port"] switch
    {
        null or "" => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535 => port,
        var text => throw new StartupException($"Metrics:Port is '{text}'. Set it to the port on which {MetricsPath} is read, one of those that the service listens on."),
    };

    /// <summary>Takes from a request's span what holds ids and filters, and a method that its sender has made up; its route stays.</summary>
    private sealed class SpanRedaction : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            data.SetTag("url.path", null);
            data.SetTag("url.query", null);
            data.SetTag("http.request.method_original", null);
            if (data.StatusDescription is not null)
            {
                // The message of an exception.
                data.SetStatus(data.Status);
            }
        }
    }

    /// <summary>Takes the message from an exception that is logged, as the console does.</summary>
    private sealed class LogRedaction : BaseProcessor<LogRecord>
    {
        public override void OnEnd(LogRecord data)
        {
            if (data.Exception is { } exception)
            {
                data.Attributes =
                [
                    .. data.Attributes ?? [],
                    new("exception.type", exception.GetType().FullName),
                    new("exception.stacktrace", JsonLog.Describe(exception)),
                ];
                data.Exception = null;
            }
        }
    }
}
