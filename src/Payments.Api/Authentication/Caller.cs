using System.Net;
using System.Net.Sockets;

namespace Payments.Api.Authentication;

/// <summary>The sender of a request: the client of its token or, without a valid token, its address.</summary>
internal readonly record struct Caller(string? Client, IPAddress? Network)
{
    public static Caller Of(HttpContext context)
    {
        // RFC 9068's name for the client, the older one of OpenID Connect, and the claim that every token has.
        var user = context.User;
        var client = (user.FindFirst("client_id") ?? user.FindFirst("azp") ?? user.FindFirst("sub"))?.Value;
        return client is null ? new(null, NetworkOf(context)) : new(client, null);
    }

    /// <summary>The caller's IPv4 address, or the /64 of its IPv6 address: a subscriber has a whole /64 and can use any address in it.</summary>
    public static IPAddress NetworkOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6 || address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
