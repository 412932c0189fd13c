using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Payments.Api.Hosting;

/// <summary>The limits of a request; docs/limits.md lists all limits with the response when one is exceeded.</summary>
internal static class Limits
{
    public const int BodyBytes = 256 * 1024;

    /// <summary>A batch of events of a provider, or one event with the lists of a large object.</summary>
    public const int ProviderWebhookBytes = 1024 * 1024;

    /// <summary>Room for a cursor, which is base64url of a filter by the longest value: 1000 characters of 12 bytes each, percent-encoded or as JSON.</summary>
    public const int RequestLineBytes = 2 * PaymentFilterParameters.MaxBytes;

    /// <summary>An exported payment has all its adjustments in one line, and its first raw twice.</summary>
    public const int ExportedPaymentBytes = 16 * 1024 * 1024;

    public const int JsonDepth = 32;

    /// <summary>In an exported payment the raw of an adjustment is two levels deeper than in the request that recorded it.</summary>
    public const int ExportedPaymentDepth = JsonDepth + 2;

    /// <summary>Each import fills up to a fifth of the writer's queue, so three leave two fifths for single requests.</summary>
    public const int Imports = 3;
    public const int Exports = 4;

    /// <summary>How many browsers can wait for events. All tabs of a browser share one request.</summary>
    public const int WaitingPages = 256;

    /// <summary>How long an import may wait for the next line, and an import or export for its reader.</summary>
    /// <remarks>Kestrel's minimum rate counts data in the socket buffers as read, so it notices a reader that stops only hours later.</remarks>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Sets the limits of the server. The settings under <c>Kestrel:Limits</c> override them.</summary>
    public static void AddServerLimits(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // HTTP/2 would need its own limits and allows other attacks, and nothing here needs it.
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
            var limits = kestrel.Limits;
            limits.MaxRequestBodySize = BodyBytes;
            limits.MaxRequestLineSize = RequestLineBytes;
            limits.MaxRequestHeaderCount = 100;
            limits.MaxRequestHeadersTotalSize = 32 * 1024;
            // A connection can fill this before its token is checked; Kestrel's default is 1 MiB.
            limits.MaxRequestBufferSize = 64 * 1024;
            limits.MaxConcurrentConnections = 2000;
            limits.MaxConcurrentUpgradedConnections = 0;
            limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            // Longer than load balancers and HTTP clients keep an idle connection, so that they close it first.
            limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
            // The binder cannot change a rate that is already set.
            limits.MinRequestBodyDataRate = limits.MinResponseDataRate = null;
        });
        builder.Services.Configure<KestrelServerOptions>(builder.Configuration.GetSection("Kestrel"));
        builder.Services.PostConfigure<KestrelServerOptions>(kestrel =>
        {
            var grace = TimeSpan.FromSeconds(5);
            // Without it, a body that arrives byte by byte would keep its connection busy for minutes.
            kestrel.Limits.MinRequestBodyDataRate ??= new MinDataRate(bytesPerSecond: 8 * 1024, grace);
            kestrel.Limits.MinResponseDataRate ??= new MinDataRate(bytesPerSecond: 240, grace);
        });
        // Orchestrators kill a process ten seconds after the first signal.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
    }
}
