using System.Text.Json;
using Payments.Application.Inbox;
using Payments.Application.Providers;

namespace Payments.Application.Connectors;

/// <summary>Requests every installed connector, in the order of installation, and what a person needs to know about its webhooks.</summary>
public sealed record DescribeConnectorsQuery : IRequest<IReadOnlyList<ConnectorDescription>>;

/// <summary>Requests the same about one connector.</summary>
public sealed record DescribeConnectorQuery(string Provider, ConnectorId Id) : IRequest<ConnectorDescription>;

/// <summary>A connector and its settings without secrets.</summary>
/// <param name="Connector">The connector.</param>
/// <param name="Settings">The settings of its provider; empty if the service does not know the webhooks of the provider.</param>
/// <param name="CanVerify">Whether the connector has the secrets that verify webhooks.</param>
public sealed record ConnectorDescription(Connector Connector, IReadOnlyList<ConnectorSetting> Settings, bool CanVerify)
{
    /// <summary>How many events of its inbox are in each state; null if only one connector is described.</summary>
    public InboxCounts? Inbox { get; init; }
    /// <summary>Whether the connector accepts webhooks once its secrets are set.</summary>
    public bool HasWebhooks => Settings.Count > 0;
}

/// <summary>A setting of a connector.</summary>
/// <param name="Definition">The setting of the provider.</param>
/// <param name="SecretCount">How many secrets are set.</param>
/// <param name="Value">The value of a choice or a flag as text; null for a secret, or if it is not set.</param>
public sealed record ConnectorSetting(ProviderSetting Definition, int SecretCount, string? Value);

/// <summary>Throw <see cref="NotFoundException"/> if the connector is not installed.</summary>
internal sealed class DescribeConnectorsHandler(IConnectorRepository connectors, IConnectorSettings settings, IInbox inbox, IEnumerable<IProviderWebhooks> providers)
    : IRequestHandler<DescribeConnectorsQuery, IReadOnlyList<ConnectorDescription>>, IRequestHandler<DescribeConnectorQuery, ConnectorDescription>
{
    private static readonly InboxCounts None = new(0, 0, 0, 0);

    public async Task<IReadOnlyList<ConnectorDescription>> Handle(DescribeConnectorsQuery request, CancellationToken cancellationToken)
    {
        var counts = await inbox.CountByConnectorAsync(cancellationToken);
        var stored = await settings.ListSettingsAsync(cancellationToken);
        return
        [
            .. from connector in await connectors.ListAsync(cancellationToken)
               select Describe(connector, stored.GetValueOrDefault(connector.Id)) with { Inbox = counts.GetValueOrDefault(connector.Id, None) },
        ];
    }

    public async Task<ConnectorDescription> Handle(DescribeConnectorQuery request, CancellationToken cancellationToken)
    {
        var connector = request.Id.IsOf(request.Provider) ? await connectors.FindAsync(request.Id, cancellationToken) : null;
        if (connector is null || await settings.FindSettingsAsync(request.Id, cancellationToken) is not (true, var stored))
        {
            throw new NotFoundException("The provider has no connector with this id.");
        }

        return Describe(connector, stored);
    }

    private ConnectorDescription Describe(Connector connector, string? stored)
    {
        if (providers.Of(connector.Id.Provider) is not { } webhooks)
        {
            return new(connector, [], CanVerify: false);
        }

        using var json = JsonDocument.Parse(stored ?? "{}");
        return new(
            connector,
            [.. webhooks.Settings.Select(setting => Describe(setting, json.RootElement))],
            webhooks.ReadSettings(json.RootElement, mayBeIncomplete: true).CanVerify);
    }

    private static ConnectorSetting Describe(ProviderSetting setting, JsonElement stored)
    {
        var isSet = stored.TryGetProperty(setting.Name, out var value) && value.ValueKind != JsonValueKind.Null;
        return setting.Kind == ProviderSettingKind.Secret
            ? new(setting, !isSet ? 0 : value.ValueKind == JsonValueKind.Array ? value.GetArrayLength() : 1, null)
            : new(setting, 0, isSet ? value.ToString() : null);
    }
}
