using System.Data.Common;
using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Payments.Api.Authentication;
using Payments.Api.CommandLine;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Api.Http;
using Payments.Api.Json;
using Payments.Api.Observability;
using Payments.Api.OpenApi;
using Payments.Api.Payments.Export;
using Payments.Api.Payments.Import;
using Payments.Api.RateLimiting;
using Payments.Api.Service;
using Payments.Application;
using Payments.Domain;
using Payments.Infrastructure;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Startup;

try
{
    if (Arguments.Read(args) is { } arguments)
    {
        return await RunAsync(arguments);
    }

    await ServeAsync(args);
    return 0;
}
catch (Exception e) when (e is StartupException or OptionsValidationException)
{
    if (args is [var command, ..] && Arguments.IsCommand(command))
    {
        await Console.Error.WriteLineAsync(e.Message);
        return Command.CouldNotRun;
    }

    await Console.Error.WriteLineAsync($"Payments cannot start. {e.Message}");
    return 1;
}

// A command does its work in this process, beside a running service or without one.
static async Task<int> RunAsync(Arguments arguments)
{
    if (arguments.Options.ContainsKey("help"))
    {
        Console.WriteLine(Arguments.Usage);
        return 0;
    }

    if (arguments.Name == "hash-secret")
    {
        return Command.HashSecret(arguments);
    }

    var builder = CreateBuilder(arguments.Settings);
    if (arguments.Name == "health")
    {
        return await Health.CheckAsync(builder.Configuration);
    }

    // Standard output is for payments and answers alone.
    builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    JsonLog.Use(builder, Console.OpenStandardError);
    AddPayments(builder);
    await using var app = builder.Build();
    if (arguments.Name is "import" or "export")
    {
        PrepareSchema(app);
    }

    await using var scope = app.Services.CreateAsyncScope();
    return await Command.RunAsync(arguments, scope.ServiceProvider);
}

static WebApplicationBuilder CreateBuilder(string[] args)
{
    WebApplicationBuilder builder;
    try
    {
        builder = WebApplication.CreateBuilder(args);
    }
    catch (InvalidDataException e)
    {
        throw new StartupException($"{e.Message} {e.GetBaseException().Message}", e);
    }

    using var defaults = typeof(Program).Assembly.GetManifestResourceStream("defaults.json")!;
    // The last place that is asked, so that every other way to set something comes first.
    builder.Configuration.Sources.Insert(0, new ChainedConfigurationSource { Configuration = new ConfigurationBuilder().AddJsonStream(defaults).Build() });
    return builder;
}

static void AddPayments(WebApplicationBuilder builder)
{
    var services = builder.Services;
    services.AddSingleton(TimeProvider.System);
    services.AddInfrastructure();
    services.AddApplication();
    services.AddScoped<PaymentImport>();
    services.AddScoped<PaymentExport>();
    services.AddAutoMapper(
        mapping =>
        {
            mapping.LicenseKey = builder.Configuration["AutoMapper:LicenseKey"];
            mapping.AddMaps(typeof(Program).Assembly);
        });
    services.Configure<JsonOptions>(json =>
    {
        var options = json.JsonSerializerOptions;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.MaxDepth = Limits.JsonDepth;
        // An answer is never part of a page, so text may stay readable.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    });
}

static async Task ServeAsync(string[] args)
{
    var builder = CreateBuilder(args);
    var services = builder.Services;
    builder.AddServerLimits();
    builder.AddRateLimits();

    // How long requests in flight are waited for, so that an orchestrator that kills after ten seconds does not have to.
    services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
    JsonLog.Use(builder, Console.OpenStandardOutput);
    AddPayments(builder);
    Telemetry.Add(builder);
    var authentication = AuthenticationSettings.From(builder.Configuration.GetSection("Authentication"), builder.Environment);
    services.AddBearerTokens(authentication);
    if (authentication.Authority is null)
    {
        services.AddTokenEndpoint(authentication);
    }

    // Authentication brings data protection for cookies. There are none, so no key of it is made and left in the home folder.
    services.AddDataProtection().UseEphemeralDataProtectionProvider();
    services.Remove(services.Single(service => service.ImplementationType?.Name == "DataProtectionHostedService"));

    services.AddProblems();
    services.AddControllers(mvc => mvc.Filters.Add<AcceptHeaderFilter>()).ConfigureApiBehaviorOptions(api =>
    {
        api.SuppressMapClientErrors = true;
        // What MVC itself finds wrong is a parameter that is not of its type.
        api.InvalidModelStateResponseFactory = context => throw new ValidationException(
            [.. context.ModelState.Where(entry => entry.Value!.Errors.Count > 0).Select(entry => new FieldError(entry.Key, "cannot be read"))]);
    });
    services.AddSingleton<IPostConfigureOptions<MvcOptions>, StrictJsonInput>();
    services.AddHealthProbes();
    services.AddPaymentsDocument(authentication);

    // Disposed last of all: that is when the database commits what is still queued.
    await using var app = Build(builder);
    _ = app.Services.GetService<SigningKeys>(); // a key that cannot be used stops the start
    var isNewSchema = PrepareSchema(app);

    app.UseKnownProxies();
    app.UseSecurityHeaders();
    app.UseMiddleware<RequestLog>();
    Telemetry.UseMetricsPage(app);
    app.UseProblems();
    app.UseTokenRateLimit();
    app.UseAuthentication();
    app.UseRateLimiter();
    app.UsePaymentsDocument();
    app.UseAuthorization();
    app.MapControllers();
    app.MapHealthProbes();

    try
    {
        await app.StartAsync();
    }
    catch (IOException e) when (e.InnerException is AddressInUseException)
    {
        throw new StartupException($"{e.Message} Set ASPNETCORE_URLS to another address, such as http://localhost:55002.", e);
    }
    catch (Exception e) when (e is not OperationCanceledException)
    {
        throw new StartupException($"It cannot listen as ASPNETCORE_URLS or Kestrel:Endpoints says: {e.Message}", e);
    }

    StartupLog.Write(app, authentication, isNewSchema);
    await app.WaitForShutdownAsync();
}

// The server's own settings are read here.
static WebApplication Build(WebApplicationBuilder builder)
{
    try
    {
        return builder.Build();
    }
    catch (InvalidOperationException e)
    {
        throw new StartupException(e.Message, e);
    }
}

static bool PrepareSchema(WebApplication app)
{
    var options = app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value;
    var schema = app.Services.GetRequiredService<DatabaseSchema>();
    try
    {
        if (options.MigrateOnStart)
        {
            return schema.CreateIfMissing();
        }

        return schema.FindFault() is { } fault ? throw new StartupException(fault) : false;
    }
    catch (Exception e) when (e is DbException or InvalidOperationException or IOException or UnauthorizedAccessException)
    {
        throw new StartupException($"The database cannot be used ({schema.Description}): {e.Message}", e);
    }
}
