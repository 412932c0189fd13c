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
/// Receives what the service exports by OTLP over HTTP and finds text in it, because protobuf contains text as UTF-8. It is not an ASP.NET Core
/// server: the service in the same process would trace its requests.
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

    /// <summary>Settings of a service that exports to this collector.</summary>
    public (string Key, string Value)[] Settings => [("OTEL_EXPORTER_OTLP_ENDPOINT", Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")];

    /// <summary>Waits until the service has exported everything up to now.</summary>
    public static void Flush(PaymentsService service)
    {
        service.Services.GetService<TracerProvider>()?.ForceFlush();
        service.Services.GetService<LoggerProvider>()?.ForceFlush();
        service.Services.GetService<MeterProvider>()?.ForceFlush();
    }

    /// <summary>Hides the requests of the test from the service, which runs in the same process and would trace them as its own.</summary>
    public static IDisposable HideCaller() => SuppressInstrumentationScope.Begin();

    /// <summary>A port on which nothing listens.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The traces, metrics or logs received so far.</summary>
    public byte[] Received(string signal)
    {
        lock (_received)
        {
            return _received[signal].ToArray();
        }
    }

    /// <summary>The received protobuf as text.</summary>
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
            // The collector is disposed.
        }
    }
}
