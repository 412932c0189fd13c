using System.Net;
using System.Net.Sockets;

namespace Payments.Api.RateLimiting;

/// <summary>Whose requests are counted together: those of a token's client, or those of an address without a token.</summary>
/// <param name="Client">The client; null where there is no token.</param>
/// <param name="Network">The address of who has no token.</param>
internal readonly record struct Caller(string? Client, IPAddress? Network)
{
    public static Caller Of(HttpContext context)
    {
        // RFC 9068's name for the client, the older one of OpenID Connect, and what every token has.
        var user = context.User;
        var client = (user.FindFirst("client_id") ?? user.FindFirst("azp") ?? user.FindFirst("sub"))?.Value;
        return client is null ? new(null, NetworkOf(context)) : new(client, null);
    }

    /// <summary>The caller's address; of IPv6 the /64 that one subscriber has to itself, so that nobody counts as many by changing addresses.</summary>
    public static IPAddress NetworkOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
