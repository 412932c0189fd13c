using Payments.Domain.Connectors;

namespace Payments.Dashboard.Connectors;

/// <summary>The names of connectors, as pages show them: <c>Stripe · eu</c>.</summary>
public sealed class ConnectorNames(IReadOnlyList<Connector> connectors)
{
    private readonly Dictionary<ConnectorId, string> _names = connectors.ToDictionary(connector => connector.Id, Of);

    /// <summary>The installed connectors: id and name.</summary>
    public IReadOnlyList<(string Id, string Name)> All { get; } = [.. connectors.Select(connector => (connector.Id.ToString(), Of(connector)))];

    /// <summary>The name of a connector; its provider if it is not installed.</summary>
    public string Of(ConnectorId id) => _names.TryGetValue(id, out var name) ? name : $"{Of(id.Provider)} (uninstalled)";

    /// <summary>The name of a connector.</summary>
    public static string Of(Connector connector) => $"{Of(connector.Id.Provider)} · {connector.Name}";

    /// <summary>The name of a provider in words: <c>Banking circle</c>.</summary>
    public static string Of(Provider provider) => provider.ContractName[..1] + provider.ContractName[1..].Replace('-', ' ').ToLowerInvariant();
}
