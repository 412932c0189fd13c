using System.Text.Json;
using Payments.Application.Providers;

namespace Payments.Application.Connectors;

/// <summary>Installs a connector. To import payments, <c>Id</c> is its id in the other installation; null or empty for a new id.</summary>
public sealed record InstallConnectorCommand(string Provider, string? Name, string? Id = null) : IRequest<Connector>
{
    /// <summary>The other members of the request. Those that are settings of the provider are stored, and the others are discarded.</summary>
    public IReadOnlyDictionary<string, JsonElement> Others { get; init; } = new Dictionary<string, JsonElement>();
}

/// <summary>Stores the connector. A command with an id can be repeated: it returns the connector that is already installed.</summary>
/// <remarks>Throws <see cref="ValidationException"/>, and <see cref="ConflictException"/> if the name
/// is in use or the id is installed under another one.</remarks>
internal sealed class InstallConnectorHandler(IConnectorRepository connectors, IEnumerable<IProviderWebhooks> providers, TimeProvider clock)
    : IRequestHandler<InstallConnectorCommand, Connector>
{
    public async Task<Connector> Handle(InstallConnectorCommand request, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var provider = validation.Required<Provider>("provider", request.Provider);
        var name = validation.Required<ConnectorName>("name", request.Name);
        var id = validation.Optional<ConnectorId>("connectorID", request.Id);
        if (id is not null && provider is not null && id.Provider != provider)
        {
            validation.Add("connectorID", $"must be the id of a connector of {provider.ContractName}");
        }

        var settings = provider is null ? null : Settings(provider, request.Others, validation);
        validation.ThrowIfInvalid();

        var connector = new Connector(id ?? new ConnectorId(provider!, Guid.NewGuid()), name, new Instant(clock.GetUtcNow()));
        if (await connectors.AddAsync(connector, settings, cancellationToken))
        {
            return connector;
        }

        // Even a new id can be installed already: the repository may have retried a write that succeeded without a response.
        var stored = await connectors.FindAsync(connector.Id, cancellationToken);
        if (stored is null)
        {
            throw Conflict(
                $"{provider!.ContractName} already has a connector with this name.",
                $"must not be {name}, which is already recorded for another connector of {provider.ContractName}, ignoring case");
        }

        return stored.Name.Key == name.Key
            ? stored
            : throw Conflict("The connector is already installed under another name.", $"must be {stored.Name}, which is already recorded for this connectorID");

        static ConflictException Conflict(string message, string rule) => new(message, [new("name", rule)]);
    }

    // Clients of the Formance API send settings of its own connectors, so the settings can be incomplete and unknown ones are no error.
    private string? Settings(Provider provider, IReadOnlyDictionary<string, JsonElement> others, Validation validation)
    {
        if (providers.Of(provider) is not { } webhooks)
        {
            return null;
        }

        var settings = others.Where(member => webhooks.Settings.Any(setting => setting.Name == member.Key)).ToDictionary();
        if (settings.Count == 0)
        {
            return null;
        }

        try
        {
            var json = SettingsJson.Write(settings);
            webhooks.ReadSettings(json, mayBeIncomplete: true);
            return json.GetRawText();
        }
        catch (ValidationException e)
        {
            foreach (var error in e.Errors)
            {
                validation.Add(error.Field, error.Rule);
            }

            return null;
        }
    }
}
