using System.Net;
using System.Net.Sockets;

namespace Payments.Durability.Tests;

internal sealed class TcpProxyTests
{
    private TcpListener _server = null!;
    private TcpProxy _proxy = null!;

    [SetUp]
    public void Create()
    {
        _server = new TcpListener(IPAddress.Loopback, 0);
        _server.Start();
        _proxy = new TcpProxy("127.0.0.1", ((IPEndPoint)_server.LocalEndpoint).Port);
    }

    [TearDown]
    public void Delete()
    {
        _proxy.Dispose();
        _server.Dispose();
    }

    [Test]
    public async Task Cut_ThenRestore_ClosesConnectionsThenAcceptsNewOnes()
    {
        using var client = new TcpClient("127.0.0.1", _proxy.Port);
        using var accepted = await _server.AcceptTcpClientAsync();
        await AssertPassesAsync(client, accepted);

        _proxy.Cut();
        await Assert.ThrowsAsync<IOException>(() => client.GetStream().ReadExactlyAsync(new byte[1]).AsTask());
        await Assert.ThrowsAsync<IOException>(() => accepted.GetStream().ReadExactlyAsync(new byte[1]).AsTask());
        Assert.That(() => new TcpClient("127.0.0.1", _proxy.Port), Throws.InstanceOf<SocketException>());

        _proxy.Restore();
        using var again = new TcpClient("127.0.0.1", _proxy.Port);
        using var acceptedAgain = await _server.AcceptTcpClientAsync();
        await AssertPassesAsync(again, acceptedAgain);
    }

    private static async Task AssertPassesAsync(TcpClient client, TcpClient server)
    {
        foreach (var (from, to) in (List<(TcpClient, TcpClient)>)[(client, server), (server, client)])
        {
            await from.GetStream().WriteAsync(new byte[] { 1, 2, 3 });
            var read = new byte[3];
            await to.GetStream().ReadExactlyAsync(read);
            Assert.That(read, Is.EqualTo(new byte[] { 1, 2, 3 }));
        }
    }
}
