using System.Data.Common;
using Microsoft.AspNetCore.Connections;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Secrets;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Hosting;

/// <summary>The steps of a start, each with an error message that an operator can act on.</summary>
internal static class ServiceHost
{
    public static WebApplicationBuilder CreateBuilder(string[] settings)
    {
        // By default, .NET watches the folder of appsettings.json and all its subfolders. The database is in one of them, and the events of its writes
        // took a third of the CPU time of an import. Changed settings need a restart anyway.
        // The slim builder leaves out what the service does not use, such as IIS and HTTP/3, but also HTTPS, which the next line adds.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. settings]);
        builder.WebHost.UseKestrelHttpsConfiguration();
        using var defaults = typeof(ServiceHost).Assembly.GetManifestResourceStream("defaults.json")!;
        // First in the list, so that every other source overrides it.
        builder.Configuration.Sources.Insert(0, new ChainedConfigurationSource { Configuration = new ConfigurationBuilder().AddJsonStream(defaults).Build() });
        return builder;
    }

    /// <summary>Checks all settings before anything else uses one, so that every wrong setting is reported.</summary>
    public static WebApplication BuildChecked(this WebApplicationBuilder builder)
    {
        var app = builder.Build();
        app.Services.GetService<IStartupValidator>()?.Validate();
        return app;
    }

    /// <param name="mayCreate">Whether an empty database is right. If not, a mistyped name must not create one.</param>
    /// <returns>Whether this call created the schema.</returns>
    public static bool PrepareSchema(this WebApplication app, bool mayCreate = true)
    {
        var schema = app.Services.GetRequiredService<DatabaseSchema>();
        if (!mayCreate && schema.Paths is [_, var file, ..] && !File.Exists(file))
        {
            throw new StartupException($"There is no database at {file}.");
        }

        try
        {
            return mayCreate && app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value.MigrateOnStart ? schema.CreateIfMissing()
                : schema.FindFault() is { } fault ? throw new StartupException(fault)
                : false;
        }
        catch (Exception e) when (e is DbException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The database cannot be used ({schema.Description}): {e.Message}", e);
        }
    }

    /// <summary>Checks that the key file decrypts every secret in the database, or creates it.</summary>
    public static async Task PrepareSecretsAsync(this WebApplication app)
    {
        try
        {
            await app.Services.GetRequiredService<SecretStore>().PrepareAsync(CancellationToken.None);
        }
        catch (UnavailableException e)
        {
            throw new StartupException($"The database cannot be used: {e.Message}", e);
        }
    }

    public static async Task StartListeningAsync(this WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new StartupException($"{e.Message} Set ASPNETCORE_URLS to another URL, such as http://localhost:55002.", e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new StartupException($"The service cannot listen on the URLs in ASPNETCORE_URLS or Kestrel:Endpoints: {e.Message}", e);
        }
    }
}
