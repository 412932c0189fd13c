using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Payments.Bench.Load;

/// <summary>
/// One HTTP/1.1 connection, one request at a time, over the bare socket: a general client would take as much of the two cores as the service.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _answer = new byte[64 * 1024];

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

    /// <summary>Sends one request, reads its whole answer and returns its status.</summary>
    public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> request)
    {
        await WriteAsync(request);
        var length = 0;
        while (!IsWhole(_answer.AsSpan(0, length)))
        {
            if (length == _answer.Length)
            {
                Array.Resize(ref _answer, 2 * length);
            }

            var read = await _socket.ReceiveAsync(_answer.AsMemory(length));
            length += read > 0 ? read : throw new IOException("The connection was closed.");
        }

        return Status(_answer);
    }

    /// <summary>Sends a part of a request.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> part)
    {
        while (part.Length > 0)
        {
            part = part[await _socket.SendAsync(part)..];
        }
    }

    /// <summary>Reads what has come of an answer; empty at its end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync() => _answer.AsMemory(0, await _socket.ReceiveAsync(_answer));

    public void Dispose() => _socket.Dispose();

    // "HTTP/1.1 200 OK"
    public static int Status(ReadOnlySpan<byte> answer) => int.Parse(answer[9..12], CultureInfo.InvariantCulture);

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        var length = answer[..head].IndexOf("Content-Length: "u8);
        if (length < 0)
        {
            // The last chunk. JSON has no bare line feed in it, so nothing else ends like this.
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        }

        var digits = answer[(length + "Content-Length: ".Length)..head];
        var end = digits.IndexOf((byte)'\r');
        return answer.Length == head + 4 + int.Parse(end < 0 ? digits : digits[..end], CultureInfo.InvariantCulture);
    }
}
