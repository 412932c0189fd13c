using Payments.Application.Connectors;

namespace Payments.Api.Service;

/// <summary>In Development, an empty database starts with the connector of the documents' examples, so that they work as printed.</summary>
internal static partial class DevelopmentConnector
{
    public const string Name = "stripe-eu";

    /// <summary>The provider stripe, the reference 7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f.</summary>
    public const string Id = "eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9";

    public static async Task InstallDevelopmentConnectorAsync(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            return;
        }

        await using var scope = app.Services.CreateAsyncScope();
        var mediator = scope.ServiceProvider.GetRequiredService<IMediator>();
        if ((await mediator.Send(new ListConnectorsQuery())).Count == 0)
        {
            await mediator.Send(new InstallConnectorCommand("stripe", Name, Id));
            LogInstalled(app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Payments"), Name, Id);
        }
    }

    [LoggerMessage(6, LogLevel.Information, "Connector (Development only): installed {Name} with the id {Id}")]
    private static partial void LogInstalled(ILogger logger, string name, string id);
}
