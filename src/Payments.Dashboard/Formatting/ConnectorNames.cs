using Payments.Domain.Connectors;

namespace Payments.Dashboard.Formatting;

/// <summary>The names of connectors, as all pages show them: <c>Stripe · eu</c>.</summary>
public sealed class ConnectorNames(IReadOnlyList<Connector> connectors)
{
    private readonly Dictionary<ConnectorId, string> _names = connectors.ToDictionary(connector => connector.Id, Of);

    /// <summary>The installed connectors: id and name.</summary>
    public IReadOnlyList<(string Id, string Name)> All { get; } = [.. connectors.Select(connector => (connector.Id.ToString(), Of(connector)))];

    /// <summary>The providers of the installed connectors.</summary>
    public IEnumerable<Provider> Providers => _names.Keys.Select(id => id.Provider).Distinct();

    /// <summary>The name of a connector; its provider if it is not installed.</summary>
    public string Of(ConnectorId id) => _names.TryGetValue(id, out var name) ? name : $"{PaymentText.Provider(id.Provider)} (uninstalled)";

    /// <summary>The name of a connector.</summary>
    public static string Of(Connector connector) => Of(connector.Id.Provider, connector.Name.Text);

    /// <summary>The name of a connector that need not be installed any more.</summary>
    public static string Of(Provider provider, string name) => $"{PaymentText.Provider(provider)} · {name}";
}
