using Microsoft.Extensions.Logging;
using Payments.Application.Providers;

namespace Payments.Application.Inbox;

/// <summary>Receives a request of a provider's webhook. The result is the body of the response; null for none.</summary>
/// <param name="Provider">The provider, in either form.</param>
/// <param name="Connector">The connector.</param>
/// <param name="Request">The request as it was received.</param>
public sealed record ReceiveEventsCommand(string Provider, ConnectorId Connector, ProviderRequest Request) : IRequest<string?>;

/// <summary>Verifies the request, stores its events, and applies them if that is quick. Otherwise the <see cref="InboxWorker"/> applies them.</summary>
/// <remarks>Throws <see cref="NotFoundException"/> if the connector is not installed or its provider has no webhooks here, and
/// <see cref="WebhookRejectedException"/> if the request is not authentic. Then nothing was stored.</remarks>
internal sealed partial class ReceiveEventsHandler(
    IInbox inbox, IConnectorSettings settings, IEnumerable<IProviderWebhooks> providers, InboxProcessor processor, TimeProvider clock, ILogger<ReceiveEventsHandler> logger)
    : IRequestHandler<ReceiveEventsCommand, string?>
{
    // Providers send an event again if the response takes long: Adyen after ten seconds.
    private static readonly TimeSpan ApplyLimit = TimeSpan.FromSeconds(2);

    public async Task<string?> Handle(ReceiveEventsCommand request, CancellationToken cancellationToken)
    {
        var connector = request.Connector;
        if (!connector.IsOf(request.Provider) || providers.Of(connector.Provider) is not { } webhooks
            || await settings.FindSettingsAsync(connector, cancellationToken) is not (true, var stored))
        {
            throw new NotFoundException("No connector accepts webhooks at this URL.");
        }

        var connectorSettings = webhooks.ReadStored(stored);
        var now = clock.GetUtcNow();
        var entries = new List<InboxEntry>();
        foreach (var received in webhooks.Receive(request.Request, connectorSettings, now))
        {
            if (await inbox.AddAsync(connector, received, new Instant(now), cancellationToken) is { } entry)
            {
                entries.Add(entry);
            }
        }

        // The events are stored, so from here on the response is a success.
        using var limit = new CancellationTokenSource(ApplyLimit, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            foreach (var entry in entries)
            {
                await processor.ProcessAsync(entry, webhooks, connectorSettings, stop.Token);
            }
        }
        catch (Exception e) when (e is UnavailableException or OperationCanceledException)
        {
            LogLater(logger, entries.Count, e.Message);
        }

        return webhooks.Acknowledgement;
    }

    [LoggerMessage(1, LogLevel.Warning, "{Count} provider events are stored and will be applied later: {Reason}")]
    private static partial void LogLater(ILogger logger, int count, string reason);
}
