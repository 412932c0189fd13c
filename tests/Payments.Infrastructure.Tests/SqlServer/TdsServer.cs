using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Payments.Infrastructure.Tests.SqlServer;

/// <summary>
/// A server with just enough of SQL Server's protocol for the real driver to log in and send statements. It stores nothing and responds as a
/// test tells it to. https://learn.microsoft.com/openspecs/windows_protocols/ms-tds
/// </summary>
internal sealed class TdsServer : IDisposable
{
    private const byte Login = 0x10;
    private const byte PreLogin = 0x12;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public TdsServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The responses to the next logins; null breaks the connection. Further logins succeed.</summary>
    public ConcurrentQueue<byte[]?> Logins { get; } = new();

    /// <summary>The responses to the next statements; null breaks the connection. Further statements write one row.</summary>
    public ConcurrentQueue<byte[]?> Responses { get; } = new();

    /// <summary>The statements received, with the declarations of their parameters.</summary>
    public ConcurrentQueue<string> Statements { get; } = new();

    /// <summary>Every response waits for this.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public string ConnectionString => $"Server=tcp:127.0.0.1,{((IPEndPoint)_listener.LocalEndpoint).Port};User Id=x;Password=x;Encrypt=False";

    public static byte[] Error(int number, byte severity = 16, string message = "")
    {
        List<byte> error = [.. Int(number), 1, severity, .. Short(message.Length), .. Encoding.Unicode.GetBytes(message), 0, 0, .. Int(1)];
        return [0xAA, .. Short(error.Count), .. error, .. Done(0xFD, 0x0002, 0)];
    }

    public static byte[] Written(int rows) => [.. Done(0xFF, 0x0011, rows), 0x79, .. Int(0), .. Done(0xFE, 0, 0)];

    /// <summary>One row with one whole number.</summary>
    public static byte[] Row(long value) =>
        [0x81, .. Short(1), .. Int(0), .. Short(0), 0x7F, 0, 0xD1, .. Int((int)value), .. Int((int)(value >> 32)), .. Written(1)];

    public void Dispose() => _listener.Dispose();

    private static byte[] Int(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Short(int value) => Int(value)[..2];

    private static byte[] Done(byte token, int status, int rows) => [token, .. Short(status), .. Short(0xC3), .. Int(rows), .. Int(0)];

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                while (true)
                {
                    var (type, request) = await ReadAsync(stream);
                    await Gate;
                    if (Respond(type, request) is not { } response)
                    {
                        client.LingerState = new LingerOption(true, 0); // reset, as when the server disappears
                        return;
                    }

                    byte[] packet = [4, 1, (byte)((response.Length + 8) >> 8), (byte)(response.Length + 8), 0, 0, 1, 0, .. response];
                    await stream.WriteAsync(packet);
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The driver closed the connection.
            }
        }
    }

    private byte[]? Respond(byte type, byte[] request)
    {
        switch (type)
        {
            case PreLogin:
                // The version, and no encryption.
                return [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 16, 0, 0x03, 0xE8, 0, 0, 2];
            case Login:
                // The collation, and version 7.4 of the protocol.
                return Logins.TryDequeue(out var login)
                    ? login
                    : [0xE3, .. Short(8), 7, 5, 9, 4, 0xD0, 0, 52, 0, 0xAD, .. Short(10), 1, 0x74, 0, 0, 4, 0, 16, 0, 0x03, 0xE8, .. Done(0xFD, 0, 0)];
            default:
                Statements.Enqueue(Encoding.Unicode.GetString(request));
                return Responses.TryDequeue(out var response) ? response : Written(1);
        }
    }

    private static async Task<(byte Type, byte[] Request)> ReadAsync(NetworkStream stream)
    {
        var request = new List<byte>();
        var header = new byte[8];
        do
        {
            await stream.ReadExactlyAsync(header);
            var packet = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)) - header.Length];
            await stream.ReadExactlyAsync(packet);
            request.AddRange(packet);
        }
        while ((header[1] & 1) == 0);
        return (header[0], [.. request]);
    }
}
