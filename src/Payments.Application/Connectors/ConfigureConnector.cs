using System.Text.Json;
using System.Text.Json.Nodes;
using Payments.Application.Providers;

namespace Payments.Application.Connectors;

/// <summary>Changes settings of a connector. Null removes a setting; those that are not named stay.</summary>
public sealed record ConfigureConnectorCommand(string Provider, ConnectorId Id, IReadOnlyDictionary<string, JsonElement> Settings) : IRequest<Unit>;

/// <summary>Stores the settings.</summary>
/// <remarks>Throws <see cref="ValidationException"/>, and <see cref="NotFoundException"/> if the connector is not installed.</remarks>
internal sealed class ConfigureConnectorHandler(IConnectorSettings settings, IEnumerable<IProviderWebhooks> providers) : IRequestHandler<ConfigureConnectorCommand, Unit>
{
    public async Task<Unit> Handle(ConfigureConnectorCommand request, CancellationToken cancellationToken)
    {
        if (!request.Id.IsOf(request.Provider) || await settings.FindSettingsAsync(request.Id, cancellationToken) is { IsInstalled: false })
        {
            throw new NotFoundException("The provider has no connector with this id.");
        }

        var webhooks = providers.Of(request.Id.Provider)
            ?? throw new ValidationException([new("provider", $"must be one of those with settings: {string.Join(", ", providers.Select(known => known.Provider.ContractName))}")]);
        await settings.ChangeSettingsAsync(request.Id, stored => Change(stored, request.Settings, webhooks), cancellationToken);
        return Unit.Value;
    }

    private static string Change(string? stored, IReadOnlyDictionary<string, JsonElement> changes, IProviderWebhooks webhooks)
    {
        var settings = stored is null ? [] : JsonNode.Parse(stored)!.AsObject();
        foreach (var (name, value) in changes)
        {
            settings.Remove(name);
            if (value.ValueKind != JsonValueKind.Null)
            {
                settings.Add(name, JsonNode.Parse(value.GetRawText()));
            }
        }

        var json = SettingsJson.Write(settings);
        webhooks.ReadSettings(json);
        return json.GetRawText();
    }
}
