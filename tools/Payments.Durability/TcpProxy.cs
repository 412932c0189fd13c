using System.Net;
using System.Net.Sockets;

namespace Payments.Durability;

/// <summary>A proxy between the service and a server, whose connections can be cut.</summary>
internal sealed class TcpProxy : IDisposable
{
    private readonly string _host;
    private readonly int _port;
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private TcpListener _listener = new(IPAddress.Loopback, 0);

    public TcpProxy(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync(_listener);
    }

    public int Port { get; }

    /// <summary>Resets every connection and refuses new ones.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _listener.Stop();
            foreach (var socket in _open)
            {
                socket.Close(0);
            }

            _open.Clear();
        }
    }

    /// <summary>Accepts connections again.</summary>
    public void Restore()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _ = AcceptAsync(_listener);
    }

    public void Dispose()
    {
        Cut();
        _listener.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                _ = ConnectAsync(listener, await listener.AcceptSocketAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }

    private async Task ConnectAsync(TcpListener listener, Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            await server.ConnectAsync(_host, _port);
            lock (_gate)
            {
                // It may have been accepted just before the cut.
                ObjectDisposedException.ThrowIf(!listener.Server.IsBound, listener);
                _open.Add(client);
                _open.Add(server);
            }

            await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side closed, so the other is closed too.
        }
        finally
        {
            lock (_gate)
            {
                _open.Remove(client);
                _open.Remove(server);
            }

            client.Close(0);
            server.Close(0);
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        try
        {
            var bytes = new byte[64 * 1024];
            while (await from.ReceiveAsync(bytes) is > 0 and var length)
            {
                await to.SendAsync(bytes.AsMemory(0, length));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut, or one side closed.
        }
    }
}
