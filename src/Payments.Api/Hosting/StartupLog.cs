using Payments.Api.Authentication;
using Payments.Api.Service;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Schema;

namespace Payments.Api.Hosting;

/// <summary>The first lines on the console: where the service listens, where it keeps its data, and in Development how to get a token.</summary>
internal static partial class StartupLog
{
    public static void Write(WebApplication app, AuthenticationSettings authentication, bool isNewSchema)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Payments");
        var address = string.Join(", ", app.Urls);
        Listening(logger, ServiceController.Version, address);
        Database(
            logger,
            app.Services.GetRequiredService<DatabaseSchema>().Description,
            isNewSchema ? "created" : "current");
        foreach (var path in app.Services.GetRequiredService<DatabaseSchema>().Paths
            .Concat(authentication.Authority is null ? SigningKeys.Files(authentication.SigningKeyFile) : [])
            .Where(PrivateFile.IsOpenToOthers))
        {
            OpenToOthers(logger, path);
        }

        if (authentication.Authority is { } authority)
        {
            Authority(logger, authority);
        }
        else if (app.Environment.IsDevelopment() && authentication.Clients.Contains(AuthenticationSettings.DevelopmentClient))
        {
            Token(logger, AuthenticationSettings.DevelopmentClient.Id, AuthenticationSettings.DevelopmentClientSecret, app.Urls.First().TrimEnd('/'), TokenEndpoint.Path);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Payments {Version} listens on {Address}; try /swagger there")]
    private static partial void Listening(ILogger logger, string version, string address);

    [LoggerMessage(2, LogLevel.Information, "Database: {Database}; schema {Schema}")]
    private static partial void Database(ILogger logger, string database, string schema);

    [LoggerMessage(3, LogLevel.Information, "Tokens: of {Authority}")]
    private static partial void Authority(ILogger logger, Uri authority);

    [LoggerMessage(
        4,
        LogLevel.Information,
        "Token (Development only): curl -u {Client}:{Secret} -d grant_type=client_credentials {Address}/{Path}")]
    private static partial void Token(ILogger logger, string client, string secret, string address, string path);

    [LoggerMessage(5, LogLevel.Warning, "{Path} is open to other users of this machine, and money data or a key should not be: chmod go= {Path}")]
    private static partial void OpenToOthers(ILogger logger, string path);
}
