using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Payments.Bench.Load;

/// <summary>
/// An HTTP/1.1 connection that sends one request at a time over a bare socket. A general client would use as much of the two cores as the
/// service.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _response = new byte[64 * 1024];

    private HttpConnection()
    {
    }

    public static async Task<HttpConnection> OpenAsync(IPEndPoint address)
    {
        var connection = new HttpConnection();
        try
        {
            await connection._socket.ConnectAsync(address);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request, reads the whole response and returns its status.</summary>
    public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> request)
    {
        await WriteAsync(request);
        var length = 0;
        while (!IsWhole(_response.AsSpan(0, length)))
        {
            if (length == _response.Length)
            {
                Array.Resize(ref _response, 2 * length);
            }

            var read = await _socket.ReceiveAsync(_response.AsMemory(length));
            length += read > 0 ? read : throw new IOException("The connection was closed.");
        }

        return Status(_response);
    }

    /// <summary>Sends a part of a request.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> part)
    {
        while (part.Length > 0)
        {
            part = part[await _socket.SendAsync(part)..];
        }
    }

    /// <summary>Reads the next bytes of a response; empty at its end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync() => _response.AsMemory(0, await _socket.ReceiveAsync(_response));

    public void Dispose() => _socket.Dispose();

    // "HTTP/1.1 200 OK"
    public static int Status(ReadOnlySpan<byte> response) => int.Parse(response[9..12], CultureInfo.InvariantCulture);

    /// <summary>Whether the last bytes of a response are <c>}\n</c>, which the frame of a chunk does not contain.</summary>
    public static bool IsEndOfLine(ulong last) => (last & 0xFFFF) == 0x7D_0A;

    /// <summary>Whether the last bytes of a response are <c>\r\n0\r\n\r\n</c>.</summary>
    public static bool IsLastChunk(ulong last) => (last & 0xFFFFFF_FFFFFFFF) == 0x0D_0A_30_0D_0A_0D_0A;

    private static bool IsWhole(ReadOnlySpan<byte> response)
    {
        var head = response.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        var length = response[..head].IndexOf("Content-Length: "u8);
        if (length < 0)
        {
            // The last chunk. JSON contains no bare line feed, so only the last chunk ends like this.
            return response.EndsWith("\r\n0\r\n\r\n"u8);
        }

        var digits = response[(length + "Content-Length: ".Length)..head];
        var end = digits.IndexOf((byte)'\r');
        return response.Length == head + 4 + int.Parse(end < 0 ? digits : digits[..end], CultureInfo.InvariantCulture);
    }
}
