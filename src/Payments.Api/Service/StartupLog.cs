using Payments.Api.Authentication;
using Payments.Api.Events;
using Payments.Api.Inbox;
using Payments.Api.Keys;
using Payments.Dashboard.Shell;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Secrets;

namespace Payments.Api.Service;

/// <summary>The first lines of the log: the URLs, the database and, in Development, how to get a token.</summary>
internal static partial class StartupLog
{
    public static async Task LogStartAsync(this WebApplication app, bool isNewSchema)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Payments");
        var schema = app.Services.GetRequiredService<DatabaseSchema>();
        var authentication = app.Services.GetRequiredService<IOptions<AuthenticationSettings>>().Value;
        LogListening(logger, ServiceController.Version, string.Join(", ", app.Urls), $"{FirstUrl(app)}/{(app.Services.GetService<ErrorPage>() is null ? "swagger" : "dashboard")}");
        LogDatabase(logger, schema.Description, isNewSchema ? "created" : "up to date");
        var isBuiltIn = authentication.Authority.Length == 0;
        foreach (var path in schema.Paths
            .Concat(isBuiltIn ? PrivateFile.WithRetired(authentication.SigningKeyFile) : [])
            .Concat(PrivateFile.WithRetired(app.Services.GetRequiredService<IOptions<CheckpointSettings>>().Value.CheckpointKeyFile).Take(1)) // the others are public
            .Concat(app.Services.GetRequiredService<SecretKeys>().Files)
            .Concat(app.Services.GetService<SessionKeys>()?.Files ?? [])
            .Where(PrivateFile.IsOpenToOthers))
        {
            LogOpenToOthers(logger, path);
        }

        await LogWebhooksAsync(app, logger);
        if (!isBuiltIn)
        {
            LogAuthority(logger, authentication.Authority);
        }
        else if (authentication.Clients.ContainsValue(AuthenticationSettings.DevelopmentClient))
        {
            var client = AuthenticationSettings.DevelopmentClient;
            LogToken(logger, client.ClientId, client.ClientSecret, FirstUrl(app), TokenEndpoint.Path);
        }
    }

    private static async Task LogWebhooksAsync(WebApplication app, ILogger logger)
    {
        try
        {
            foreach (var connector in await app.Services.GetRequiredService<IConnectorSettings>().ListConfiguredAsync(CancellationToken.None))
            {
                var path = $"{ProviderWebhooksController.Path}/{connector.Id.Provider.Id}/{connector.Id}";
                LogWebhook(logger, connector.Id.Provider.ContractName, connector.Name, $"{FirstUrl(app)}{path}");
            }
        }
        catch (UnavailableException)
        {
            // The service already listens. It does not stop because a line of its log is missing.
        }
    }

    private static string FirstUrl(WebApplication app) => app.Urls.First().TrimEnd('/');

    [LoggerMessage(1, LogLevel.Information, "Payments {Version} listens on {Url}; open {FirstPage}")]
    private static partial void LogListening(ILogger logger, string version, string url, string firstPage);

    [LoggerMessage(2, LogLevel.Information, "Database: {Database}; schema {Schema}")]
    private static partial void LogDatabase(ILogger logger, string database, string schema);

    [LoggerMessage(3, LogLevel.Information, "Tokens are issued by {Authority}")]
    private static partial void LogAuthority(ILogger logger, string authority);

    [LoggerMessage(4, LogLevel.Information, "Token (Development only): curl -u {Client}:{Secret} -d grant_type=client_credentials {Url}/{Path}")]
    private static partial void LogToken(ILogger logger, string client, string secret, string url, string path);

    [LoggerMessage(7, LogLevel.Information, "Webhook URL of the {Provider} connector {Name}, below the public URL of this service: {Url}")]
    private static partial void LogWebhook(ILogger logger, string provider, ConnectorName name, string url);

    [LoggerMessage(5, LogLevel.Warning, "{Path} is open to other users of this machine. It contains payment data or a key; restrict it: chmod go= {Path}")]
    private static partial void LogOpenToOthers(ILogger logger, string path);
}
