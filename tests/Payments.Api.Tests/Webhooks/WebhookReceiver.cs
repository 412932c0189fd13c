using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Payments.Api.Tests.Webhooks;

/// <summary>Another system's endpoint on a real socket.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Received> _received = new();

    private WebhookReceiver(WebApplication app) => _app = app;

    public string Url => $"{_app.Urls.First()}/hooks";

    public IReadOnlyList<Received> Requests => [.. _received];

    /// <summary>The status of each response. The argument is the request.</summary>
    public Func<Received, int> Respond { get; set; } = _ => StatusCodes.Status200OK;

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        app.MapPost("/hooks", receiver.ReceiveAsync);
        await app.StartAsync();
        return receiver;
    }

    public async Task<IReadOnlyList<Received>> WaitAsync(int count)
    {
        for (var i = 0; i < 200 && _received.Count < count; i++)
        {
            await Task.Delay(50);
        }

        Assert.That(_received, Has.Count.GreaterThanOrEqualTo(count));
        return Requests;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var received = new Received(
            context.Request.Headers["webhook-id"]!, new HeaderDictionary(context.Request.Headers.ToDictionary()), await reader.ReadToEndAsync());
        _received.Enqueue(received);
        context.Response.StatusCode = Respond(received);
        await context.Response.WriteAsync("thanks");
    }

    internal sealed record Received(string Id, IHeaderDictionary Headers, string Body)
    {
        public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

        public string Type => (string)Json["type"]!;
    }
}
