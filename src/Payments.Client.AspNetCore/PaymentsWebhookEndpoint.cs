using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Payments.Client.AspNetCore;

/// <summary>The secrets of the webhook endpoint.</summary>
public sealed class PaymentsWebhookOptions
{
    /// <summary>The secrets, such as <c>whsec_…</c>. During a rotation, both the earlier and the new one.</summary>
    public IList<string> Secrets { get; } = [];
}

/// <summary>Maps the endpoint that receives webhooks.</summary>
public static partial class PaymentsWebhookEndpoint
{
    /// <summary>The max length of a webhook in bytes. The service sends at most 20 kB of data.</summary>
    private const int MaxBodyBytes = 64 * 1024;

    /// <summary>Receives webhooks at a path, verifies them and passes each event to the handler.</summary>
    /// <remarks>
    /// The response is 204 when the handler returns, and 400 if <see cref="PaymentsWebhookOptions.Secrets"/> has no secret that made the signature.
    /// If the handler throws, the response is 500 and the service delivers the event again. An event can arrive more than once, with the same id.
    /// </remarks>
    /// <exception cref="ArgumentException"><see cref="PaymentsWebhookOptions.Secrets"/> is empty, or one of them is not a secret.</exception>
    public static IEndpointConventionBuilder MapPaymentsWebhook(
        this IEndpointRouteBuilder endpoints, string path, Func<PaymentsWebhookEvent, HttpContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(handler);
        PaymentsWebhook.CheckSecrets(Secrets(endpoints.ServiceProvider));
        return endpoints.MapPost(path, context => ReceiveAsync(context, handler));
    }

    private static async Task ReceiveAsync(HttpContext context, Func<PaymentsWebhookEvent, HttpContext, Task> handler)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBodyBytes;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        PaymentsWebhookEvent received;
        try
        {
            received = PaymentsWebhook.Verify(
                name => context.Request.Headers[name], body.GetBuffer().AsSpan(0, (int)body.Length),
                Secrets(context.RequestServices), context.RequestServices.GetService<TimeProvider>());
        }
        catch (PaymentsWebhookException e)
        {
            LogRejected(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(PaymentsWebhookEndpoint)), e.Message);
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        await handler(received, context);
        if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    private static IList<string> Secrets(IServiceProvider services) => services.GetRequiredService<IOptionsMonitor<PaymentsWebhookOptions>>().CurrentValue.Secrets;

    [LoggerMessage(1, LogLevel.Warning, "A webhook was rejected: {Reason}")]
    private static partial void LogRejected(ILogger logger, string reason);
}
