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
    private static readonly byte[] Collation = [9, 4, 0xD0, 0, 52];

    private const byte Login = 0x10;
    private const byte PreLogin = 0x12;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopped = new();

    public TdsServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The responses to the next logins. Further logins succeed.</summary>
    public ConcurrentQueue<Response> Logins { get; } = new();

    /// <summary>The responses to the next statements. Further statements write one row.</summary>
    public ConcurrentQueue<Response> Responses { get; } = new();

    /// <summary>The statements received, with the declarations of their parameters.</summary>
    public ConcurrentQueue<string> Statements { get; } = new();

    /// <summary>Every response waits for this.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public string ConnectionString => $"Server=tcp:127.0.0.1,{((IPEndPoint)_listener.LocalEndpoint).Port};User Id=x;Password=x;Encrypt=False";

    /// <summary>Breaks the connection.</summary>
    public static Response Broken { get; } = new([], End.Broken);

    /// <summary>Keeps the connection open and never responds.</summary>
    public static Response Silent { get; } = new([], End.Silent);

    public static Response Error(int number, byte severity = 16, string message = "")
    {
        List<byte> error = [.. Int(number), 1, severity, .. Short(message.Length), .. Encoding.Unicode.GetBytes(message), 0, 0, .. Int(1)];
        return new([0xAA, .. Short(error.Count), .. error, .. Done(0xFD, 0x0002, 0)]);
    }

    public static Response Written(int rows) => new([.. Done(0xFF, 0x0011, rows), 0x79, .. Int(0), .. Done(0xFE, 0, 0)]);

    /// <summary>One row with one whole number.</summary>
    public static Response Row(long value) =>
        new([0x81, .. Short(1), .. Int(0), .. Short(0), 0x7F, 0, 0xD1, .. Int((int)value), .. Int((int)(value >> 32)), .. Written(1).Tokens]);

    /// <summary>The first half of a row with one text.</summary>
    public static Response HalfRow(string column, End end)
    {
        const int Bytes = 2000;
        return new(
            [
                0x81, .. Short(1), .. Int(0), .. Short(0), 0xE7, .. Short(Bytes), .. Collation, (byte)column.Length, .. Encoding.Unicode.GetBytes(column),
                0xD1, .. Short(Bytes), .. Encoding.Unicode.GetBytes(new string('x', Bytes / 4)),
            ],
            end);
    }

    public void Dispose()
    {
        _stopped.Cancel();
        _stopped.Dispose();
        _listener.Dispose();
    }

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
                    var (tokens, end) = Respond(type, request);
                    var length = tokens.Length + 8;
                    if (tokens.Length > 0)
                    {
                        await stream.WriteAsync((byte[])[4, (byte)(end == End.Complete ? 1 : 0), (byte)(length >> 8), (byte)length, 0, 0, 1, 0, .. tokens]);
                    }

                    if (end == End.Silent)
                    {
                        await Task.Delay(Timeout.Infinite, _stopped.Token);
                    }

                    if (end == End.Broken)
                    {
                        // Otherwise the reset overtakes the tokens.
                        await Task.Delay(tokens.Length > 0 ? 100 : 0);
                        client.LingerState = new LingerOption(true, 0); // reset, as when the server disappears
                        return;
                    }
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The driver closed the connection, or the test has ended.
            }
        }
    }

    private Response Respond(byte type, byte[] request)
    {
        switch (type)
        {
            case PreLogin:
                // The version, and no encryption.
                return new([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 16, 0, 0x03, 0xE8, 0, 0, 2]);
            case Login:
                // The collation, and version 7.4 of the protocol.
                return Logins.TryDequeue(out var login)
                    ? login
                    : new([0xE3, .. Short(8), 7, 5, .. Collation, 0, 0xAD, .. Short(10), 1, 0x74, 0, 0, 4, 0, 16, 0, 0x03, 0xE8, .. Done(0xFD, 0, 0)]);
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

/// <summary>The tokens of a response, and what happens after them.</summary>
internal sealed record Response(byte[] Tokens, End End = End.Complete);

internal enum End
{
    Complete,
    Broken,
    Silent,
}
