using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Payments.Application.Events;
using Payments.Application.Providers;

namespace Payments.Application.Inbox;

/// <summary>Maps entries of the inbox to commands and applies them. Applying an entry again changes nothing that it already changed.</summary>
public sealed partial class InboxProcessor(
    IInbox inbox, IConnectorSettings settings, IEnumerable<IProviderWebhooks> providers, IServiceScopeFactory scopes, ILogger<InboxProcessor> logger)
{
    // Each repetition needs a change of the payment in between, so more of them mean that the payment changes all the time. Its next change wakes the entry.
    private const int MaxRepetitions = 10;

    /// <summary>Applies an entry and stores the result; null if there is no such entry, or its body was erased.</summary>
    /// <exception cref="UnavailableException">The database did not respond. The entry keeps its state.</exception>
    public async Task<InboxState?> ProcessAsync(long id, CancellationToken cancellationToken)
    {
        if (await inbox.FindAsync(id, cancellationToken) is not { Body: not null } entry
            || providers.Of(entry.Connector.Provider) is not { } webhooks)
        {
            return null;
        }

        var (_, stored) = await settings.FindSettingsAsync(entry.Connector, cancellationToken);
        return await ProcessAsync(entry, webhooks, webhooks.ReadStored(stored), cancellationToken);
    }

    /// <inheritdoc cref="ProcessAsync(long, CancellationToken)"/>
    public async Task<InboxState> ProcessAsync(InboxEntry entry, IProviderWebhooks webhooks, ProviderSettings connectorSettings, CancellationToken cancellationToken)
    {
        CurrentActor.Value = new Actor(ActorKind.ProviderWebhook, entry.Connector.ToString());
        InboxResult? saved = null;
        for (var i = 0; i < MaxRepetitions; i++)
        {
            var result = await ApplyAsync(entry, webhooks, connectorSettings, cancellationToken);
            if (saved is null || !result.IsSame(saved))
            {
                await inbox.SaveAsync(entry, saved = result, cancellationToken);
                entry = entry with { State = result.State };
                InboxMetrics.Count(entry);
            }
            else
            {
                break;
            }

            // Its payment can change before the entry is stored as waiting for this. So it is applied once more after that.
            if (result.Waits.Count == 0)
            {
                break;
            }
        }

        return saved!.State;
    }

    private async Task<InboxResult> ApplyAsync(InboxEntry entry, IProviderWebhooks webhooks, ProviderSettings connectorSettings, CancellationToken cancellationToken)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            return webhooks.Map(entry.Body!, connectorSettings, entry.Connector) switch
            {
                ProviderIgnored ignored => Result(InboxState.Ignored, ignored.Reason),
                ProviderFailed failed => Result(InboxState.Failed, failed.Reason),
                ProviderCommands commands => Combine(await ApplyAsync(entry.Connector, commands.Commands, scope.ServiceProvider.GetRequiredService<IMediator>(), cancellationToken)),
                var other => throw new InvalidOperationException($"{other.GetType().Name} is not an outcome."),
            };
        }
        catch (Exception e) when (e is not (UnavailableException or OperationCanceledException))
        {
            // Otherwise it would be applied again every few seconds.
            LogFault(logger, e, entry.Id);
            return Result(InboxState.Failed, "The service failed on this event because of an internal error. Its log has the details.");
        }
    }

    private async Task<List<InboxResult>> ApplyAsync(ConnectorId connector, IReadOnlyList<ProviderCommand> commands, IMediator mediator, CancellationToken cancellationToken)
    {
        var results = new List<InboxResult>(commands.Count);
        foreach (var command in commands)
        {
            results.Add(await ApplyAsync(connector, command, mediator, cancellationToken));
        }

        return results;
    }

    private async Task<InboxResult> ApplyAsync(ConnectorId connector, ProviderCommand command, IMediator mediator, CancellationToken cancellationToken)
    {
        var found = await inbox.FindPaymentAsync(connector, command.Payment, cancellationToken);
        if (found is null && command.Payment.Count > 0)
        {
            return new(InboxState.Waiting, "The payment of this event is not recorded yet.", null, command.Payment);
        }

        var id = found?.Id ?? command.Id(connector);
        if (found is not null && command.Asset is { } asset && asset != found.Asset)
        {
            return Conflict(InboxState.Failed, $"The event is in {asset} and its payment in {found.Asset}.");
        }

        try
        {
            var recorded = await mediator.Send(found is null ? command.Command : command.For(found.Id), cancellationToken);
            return new(InboxState.Applied, null, recorded.Payment.Id, []);
        }
        catch (ConflictException e)
        {
            return ProviderCommand.SaysNothingNew(e) ? Conflict(InboxState.Ignored, Text(e.Errors))
                : command.IgnoreOtherAmount is { } reason && e.Errors.All(error => error.Field == "amount") ? Conflict(InboxState.Ignored, reason)
                : Conflict(InboxState.Failed, Text(e.Errors));
        }
        catch (ValidationException e)
        {
            return Result(InboxState.Failed, Text(e.Errors));
        }

        InboxResult Conflict(InboxState state, string reason) =>
            new(state, Cut(reason), id, id is null ? [] : [new PaymentLookup.ByReference(id.Type, id.Reference.Text)]);
    }

    /// <summary>What people must see comes first: a command that failed, then one that waits.</summary>
    private static InboxResult Combine(List<InboxResult> results)
    {
        var shown = ((InboxState[])[InboxState.Failed, InboxState.Waiting, InboxState.Applied, InboxState.Ignored])
            .Select(state => results.FirstOrDefault(result => result.State == state)).First(result => result is not null)!;
        var payment = shown.Payment ?? results.FirstOrDefault(result => result.Payment is not null)?.Payment;
        return new(shown.State, shown.Reason, payment, [.. results.SelectMany(result => result.Waits).Distinct()]);
    }

    private static InboxResult Result(InboxState state, string reason) => new(state, Cut(reason), null, []);

    private static string Text(IReadOnlyList<FieldError> errors) => string.Join(' ', errors.Select(error => $"{error.Field} {error.Rule}."));

    private static string Cut(string reason) => reason.Length <= InboxResult.MaxReasonLength ? reason : $"{reason[..(InboxResult.MaxReasonLength - 2)]}…";

    [LoggerMessage(1, LogLevel.Error, "The inbox entry {Id} failed because of an internal error")]
    private static partial void LogFault(ILogger logger, Exception exception, long id);
}

internal static class StoredSettings
{
    /// <summary>Reads stored settings; null if there are none.</summary>
    public static ProviderSettings ReadStored(this IProviderWebhooks webhooks, string? stored)
    {
        using var document = JsonDocument.Parse(stored ?? "{}");
        return webhooks.ReadSettings(document.RootElement, mayBeIncomplete: true);
    }
}
