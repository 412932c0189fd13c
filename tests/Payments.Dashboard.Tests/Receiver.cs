using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Payments.Dashboard.Tests;

/// <summary>An endpoint that returns what a test asks for.</summary>
internal sealed class Receiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly string _body;

    public Receiver(HttpStatusCode status, string body)
    {
        (Status, _body) = (status, body);
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        free.Stop();
        _listener.Prefixes.Add(Url);
        _listener.Start();
        _ = ServeAsync();
    }

    public string Url { get; }

    public HttpStatusCode Status { get; set; }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (await _listener.GetContextAsync() is { } context)
            {
                await context.Request.InputStream.CopyToAsync(Stream.Null);
                context.Response.StatusCode = (int)Status;
                if (Status != HttpStatusCode.NoContent)
                {
                    await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(_body));
                }

                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }
}
