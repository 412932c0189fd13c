using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Payments.Client.AspNetCore;
using StandardWebhooks;

namespace Payments.Client.Tests;

/// <summary>The endpoint of an application that receives webhooks.</summary>
public sealed class PaymentsWebhookEndpointTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Body = """{"type":"payment.created","timestamp":"2026-03-01T10:00:00Z","data":{}}""";

    private readonly List<PaymentsWebhookEvent> _received = [];
    private Func<Task> _handle = () => Task.CompletedTask;
    private WebApplication _app = null!;
    private HttpClient _client = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _received.Clear();
        _handle = () => Task.CompletedTask;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.Configure<PaymentsWebhookOptions>(options => options.Secrets.Add(Secret));
        _app = builder.Build();
        _app.MapPaymentsWebhook("/hooks", (received, _) =>
        {
            _received.Add(received);
            return _handle();
        });
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
    }

    [TearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    [Test]
    public async Task MapPaymentsWebhook_ValidSignature_PassesEventAndReturns204()
    {
        Assert.That(await PostAsync(Secret), Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(_received.Single().Id, Is.EqualTo("evt_1_7"));
    }

    [Test]
    public async Task MapPaymentsWebhook_OtherSecret_Returns400WithoutCallingHandler()
    {
        Assert.That(await PostAsync("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(_received, Is.Empty);
    }

    [Test]
    public async Task MapPaymentsWebhook_HandlerThrows_Returns500SoThatItIsDeliveredAgain()
    {
        _handle = () => throw new InvalidOperationException();
        Assert.That(await PostAsync(Secret), Is.EqualTo(HttpStatusCode.InternalServerError));
    }

    [Test]
    public async Task MapPaymentsWebhook_LargeBody_Returns413() =>
        Assert.That(await PostAsync(Secret, new string(' ', 65 * 1024)), Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));

    [TestCase(null, "A secret must be whsec_ followed by at least 24 bytes in base64.")]
    [TestCase("hello", "A secret must be whsec_ followed by at least 24 bytes in base64.")]
    [TestCase("none", "At least one secret is required.")]
    public async Task MapPaymentsWebhook_NoSecret_ThrowsAtStart(string? secret, string message)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.Configure<PaymentsWebhookOptions>(options =>
        {
            if (secret != "none")
            {
                options.Secrets.Add(secret!);
            }
        });
        await using var app = builder.Build();
        Assert.That(() => app.MapPaymentsWebhook("/hooks", (_, _) => Task.CompletedTask), Throws.ArgumentException.With.Message.StartsWith(message));
    }

    private async Task<HttpStatusCode> PostAsync(string secret, string body = Body)
    {
        var now = DateTimeOffset.UtcNow;
        using var request = new HttpRequestMessage(HttpMethod.Post, "hooks") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("webhook-id", "evt_1_7");
        request.Headers.Add("webhook-timestamp", $"{now.ToUnixTimeSeconds()}");
        request.Headers.Add("webhook-signature", new StandardWebhook(secret).Sign("evt_1_7", now, body));
        using var response = await _client.SendAsync(request);
        return response.StatusCode;
    }
}
