using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Payments.Api.Hosting;

/// <summary>What a request may not exceed; docs/limits.md has all limits in one table, and what is answered where one is broken.</summary>
internal static class Limits
{
    public const int BodyBytes = 256 * 1024;

    /// <summary>Room for a cursor, which is base64url of a filter by the longest value: 1000 characters of 12 bytes each, percent-encoded or as JSON.</summary>
    public const int RequestLineBytes = 32 * 1024;

    /// <summary>An exported payment has all its adjustments in one line, and its first raw twice.</summary>
    public const int ExportedPaymentBytes = 16 * 1024 * 1024;

    public const int JsonDepth = 32;

    /// <summary>An adjustment's raw lies two levels deeper in an exported payment than in the request that brought it.</summary>
    public const int ExportedPaymentDepth = JsonDepth + 2;

    /// <summary>Each keeps up to a quarter of the writer's queue busy, so that single requests always find the last quarter.</summary>
    public const int Imports = 3;

    public const int Exports = 4;

    /// <summary>
    /// How long either side of an import, or the reader of an export, may leave the other without a next piece. The rate alone would
    /// wait hours for who reads nothing: to it, what the sockets hold has been read.
    /// </summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(5);

    // A whole body takes at most 32 seconds then, so one that trickles in does not hold its connection for a quarter of an hour.
    private const int BodyBytesPerSecond = 8 * 1024;

    private const int ResponseBytesPerSecond = 240;

    /// <summary>Sets the server's limits; what is configured under <c>Kestrel:Limits</c>, by the server's own names, comes before them.</summary>
    public static void AddServerLimits(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // HTTP/2 has limits and attacks of its own, and nothing here needs it.
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
            var limits = kestrel.Limits;
            limits.MaxRequestBodySize = BodyBytes;
            limits.MaxRequestLineSize = RequestLineBytes;
            limits.MaxRequestHeaderCount = 100;
            limits.MaxRequestHeadersTotalSize = 32 * 1024;
            // What a connection can make the service hold before anybody has looked at its token; a MiB unless it is said.
            limits.MaxRequestBufferSize = 64 * 1024;
            limits.MaxConcurrentConnections = 2000;
            limits.MaxConcurrentUpgradedConnections = 0;
            limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            // Longer than balancers and HTTP clients keep an idle connection, so that it is they who close it.
            limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
            // A rate that is there already cannot be bound anew.
            limits.MinRequestBodyDataRate = limits.MinResponseDataRate = null;
        });
        builder.Services.Configure<KestrelServerOptions>(builder.Configuration.GetSection("Kestrel"));
        builder.Services.PostConfigure<KestrelServerOptions>(kestrel =>
        {
            var grace = TimeSpan.FromSeconds(5);
            kestrel.Limits.MinRequestBodyDataRate ??= new MinDataRate(BodyBytesPerSecond, grace);
            kestrel.Limits.MinResponseDataRate ??= new MinDataRate(ResponseBytesPerSecond, grace);
        });
    }
}
