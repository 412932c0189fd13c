using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Payments.Api.Tests.Observability;

/// <summary>
/// Takes what the service exports by OTLP over HTTP, and finds text in it: in protobuf a text is its UTF-8. Not an ASP.NET Core server, whose
/// own requests would be traced as those of the service in the same process.
/// </summary>
internal sealed class Collector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _receiving;
    private readonly Dictionary<string, MemoryStream> _received = new() { ["traces"] = new(), ["metrics"] = new(), ["logs"] = new() };

    public Collector()
    {
        Address = $"http://127.0.0.1:{FreePort()}";
        _listener.Prefixes.Add($"{Address}/");
        _listener.Start();
        _receiving = Task.Run(ReceiveAsync);
    }

    public string Address { get; }

    /// <summary>The settings of a service that exports to here.</summary>
    public (string Key, string Value)[] Settings => [("OTEL_EXPORTER_OTLP_ENDPOINT", Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")];

    /// <summary>Waits until the service has exported what it has by now.</summary>
    public static void Flush(PaymentsService service)
    {
        service.Services.GetService<TracerProvider>()?.ForceFlush();
        service.Services.GetService<LoggerProvider>()?.ForceFlush();
        service.Services.GetService<MeterProvider>()?.ForceFlush();
    }

    /// <summary>Keeps the requests of this test from being traced as requests that the service makes, which is in the same process.</summary>
    public static IDisposable HideCaller() => SuppressInstrumentationScope.Begin();

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>All that has come of traces, metrics or logs.</summary>
    public byte[] Received(string signal)
    {
        lock (_received)
        {
            return _received[signal].ToArray();
        }
    }

    /// <summary>The same as text, with the rest of the protobuf in between.</summary>
    public string Text(string signal) => Encoding.UTF8.GetString(Received(signal));

    public void Dispose()
    {
        _listener.Close();
        _receiving.Wait();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                lock (_received)
                {
                    body.WriteTo(_received[context.Request.Url!.Segments[^1]]);
                }

                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // It is closed.
        }
    }
}
