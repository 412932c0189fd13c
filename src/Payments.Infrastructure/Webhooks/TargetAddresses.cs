using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Security.AntiSSRF;

namespace Payments.Infrastructure.Webhooks;

/// <summary>The addresses that deliveries may connect to. The handlers check each connection; <see cref="FindDenialAsync"/> explains a refusal and never replaces that check.</summary>
internal sealed class TargetAddresses
{
    // IPv4 addresses in the obsolete IPv4-compatible form, which the library's list does not contain.
    private const string Ipv4Compatible = "::/96";
    private static readonly string[] Loopback = ["127.0.0.0/8", "::1/128"];

    private readonly AntiSSRFPolicy _policy;
    private readonly IPNetwork[] _allowed;
    private readonly IPNetwork[] _denied;

    public TargetAddresses(IOptions<WebhookOptions> options, IHostEnvironment environment)
    {
        IsDevelopment = environment.IsDevelopment();
        _policy = new AntiSSRFPolicy(PolicyConfigOptions.ExternalOnlyLatest) { AddXFFHeader = false };
        _policy.AddDeniedAddresses([Ipv4Compatible]);
        _policy.AddAllowedAddresses([.. options.Value.AllowedNetworks.Select(network => $"{IPNetwork.Parse(network)}")]);
        _allowed = [.. _policy.AllowedAddresses.Select(IPNetwork.Parse)];
        _denied = [.. _policy.DeniedAddresses.Select(IPNetwork.Parse)];
    }

    public bool IsDevelopment { get; }

    /// <summary>For https: public addresses and the allowed networks.</summary>
    public AntiSSRFHandler HttpsHandler() => _policy.GetHandler();

    /// <summary>For http in Development: loopback addresses only.</summary>
    public static AntiSSRFHandler LoopbackHttpHandler()
    {
        var policy = new AntiSSRFPolicy(PolicyConfigOptions.InternalOnly) { AddXFFHeader = false, AllowPlainTextHttp = true };
        policy.AddAllowedAddresses(Loopback);
        return policy.GetHandler();
    }

    /// <summary>The rule that the URL breaks, with the address and the setting; null if it breaks none, or if its host has no address at present.</summary>
    public async Task<string?> FindDenialAsync(WebhookUrl url, CancellationToken cancellationToken)
    {
        if (url.IsLoopbackHttp)
        {
            return IsDevelopment ? null : "must be an https URL; http is allowed for loopback addresses and only if ASPNETCORE_ENVIRONMENT is Development";
        }

        var host = url.Uri.IdnHost;
        var isAddress = IPAddress.TryParse(host, out var address);
        return (isAddress ? [address!] : await ResolveAsync(host, cancellationToken)).FirstOrDefault(IsDenied) is { } denied
            ? $"must not lead to {(isAddress ? "" : $"{host} at ")}{denied}, because this is not a public address. To allow it, add its network to the setting Webhooks:AllowedNetworks"
            : null;
    }

    private bool IsDenied(IPAddress address)
    {
        var unmapped = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return !_allowed.Any(network => network.Contains(unmapped)) && _denied.Any(network => network.Contains(unmapped));
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellationToken);
        }
        catch (SocketException)
        {
            return []; // an endpoint can be created before its host
        }
    }
}
