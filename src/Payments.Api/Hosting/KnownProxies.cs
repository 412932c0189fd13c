using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Hosting;

/// <summary>
/// Whose word is taken for a caller's address and for https: the proxies under <c>ForwardedHeaders:KnownProxies</c>, and nobody's where there are none.
/// </summary>
internal static class KnownProxies
{
    private const string Setting = "ForwardedHeaders:KnownProxies";

    /// <exception cref="StartupException">The setting has no meaning, or everybody would be believed.</exception>
    public static void UseKnownProxies(this WebApplication app)
    {
        // The framework's own switch takes these headers from any caller, who could then choose the address that limits count.
        if (app.Configuration.GetValue<bool>("ForwardedHeaders_Enabled"))
        {
            throw new StartupException(
                $"ASPNETCORE_FORWARDEDHEADERS_ENABLED trusts everybody. Take it away, and set {Setting} to the addresses or networks of your proxies.");
        }

        // One text with spaces or commas, or a JSON array.
        var proxies = app.Configuration.GetSection(Setting).GetChildren().Select(proxy => proxy.Value).Prepend(app.Configuration[Setting])
            .SelectMany(proxy => (proxy ?? "").Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
            .ToArray();
        if (proxies.Length == 0)
        {
            return;
        }

        // A chain of proxies is followed for as long as each of them is known.
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            if (IPAddress.TryParse(proxy, out var address))
            {
                options.KnownProxies.Add(address);
            }
            else if (System.Net.IPNetwork.TryParse(proxy, out var network))
            {
                options.KnownIPNetworks.Add(network);
            }
            else
            {
                throw new StartupException($"{Setting} has '{proxy}'. Set it to addresses or networks, such as 10.0.0.7 or 10.0.0.0/8.");
            }
        }

        app.UseForwardedHeaders(options);
    }
}
