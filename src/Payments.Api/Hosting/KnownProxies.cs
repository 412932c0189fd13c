using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Hosting;

/// <summary>The proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed.</summary>
internal sealed class ProxySettings : ISettings
{
    public SettingList KnownProxies { get; set => field = value ?? []; } = [];

    /// <summary>The framework's own switch, which believes every client: a client could choose the address that rate limits count.</summary>
    internal bool TrustsEveryClient { get; set; }

    public IEnumerable<(bool IsWrong, string Error)> Checks(IHostEnvironment environment) =>
    [
        (TrustsEveryClient, "ASPNETCORE_FORWARDEDHEADERS_ENABLED is 'true' and trusts every client. Remove it, and set ForwardedHeaders:KnownProxies to the addresses or networks of your proxies."),
        .. KnownProxies.Select(proxy => (
            !IPAddress.TryParse(proxy, out _) && !System.Net.IPNetwork.TryParse(proxy, out _),
            $"ForwardedHeaders:KnownProxies contains '{proxy}'. Set it to addresses or networks, such as 10.0.0.7 or 10.0.0.0/8.")),
    ];
}

internal static class KnownProxies
{
    public static void AddKnownProxies(this IServiceCollection services) => services.AddSettings<ProxySettings>("ForwardedHeaders")
        .Configure<IConfiguration>((settings, configuration) => settings.TrustsEveryClient = configuration.GetValue<bool>("ForwardedHeaders_Enabled"));

    public static void UseKnownProxies(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<ProxySettings>>().Value.KnownProxies;
        if (proxies.Count == 0)
        {
            return;
        }

        // Without a limit, the middleware follows a chain of proxies while each of them is known.
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            if (IPAddress.TryParse(proxy, out var address))
            {
                options.KnownProxies.Add(address);
            }
            else
            {
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
            }
        }

        app.UseForwardedHeaders(options);
    }
}
