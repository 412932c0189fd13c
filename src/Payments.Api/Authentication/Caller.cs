using System.Net;
using System.Net.Sockets;
using Payments.Dashboard.Session;
using Payments.Domain.Events;

namespace Payments.Api.Authentication;

/// <summary>The sender of a request: the client of its token, the user of its session in the dashboard or, without either, its address.</summary>
internal readonly record struct Caller(Actor? Actor, IPAddress? Network)
{
    public static Caller Of(HttpContext context)
    {
        var user = context.User;
        if (user.Identity is { AuthenticationType: DashboardScope.Scheme, Name: { } name })
        {
            return new(new(ActorKind.User, name), null);
        }

        // RFC 9068's name for the client, the older one of OpenID Connect, and the claim that every token has.
        var client = (user.FindFirst("client_id") ?? user.FindFirst("azp") ?? user.FindFirst("sub"))?.Value;
        return client is null ? new(null, NetworkOf(context)) : new(new(ActorKind.Client, client), null);
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
