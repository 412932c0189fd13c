using Payments.Api.Authentication;
using Payments.Api.CommandLine;
using Payments.Api.Dashboard;
using Payments.Api.Errors;
using Payments.Api.Events;
using Payments.Api.Hosting;
using Payments.Api.Http;
using Payments.Api.Json;
using Payments.Api.Observability;
using Payments.Api.OpenApi;
using Payments.Api.Payments.Import;
using Payments.Api.RateLimiting;
using Payments.Api.Service;
using Payments.Application;
using Payments.Application.Inbox;
using Payments.Application.Webhooks;
using Payments.Infrastructure;
using Payments.Providers;

return await ServiceCommand.RunAsync(args, CreateBuilder, ServeAsync);

// What the service and the commands use.
static WebApplicationBuilder CreateBuilder(string[] settings)
{
    var builder = ServiceHost.CreateBuilder(settings);
    builder.Services
        .AddSingleton(TimeProvider.System)
        .AddApplication()
        .AddInfrastructure()
        .AddProviders()
        .AddApiJson()
        .AddCheckpoints()
        .AddAutoMapper(mapping =>
        {
            mapping.LicenseKey = builder.Configuration["AutoMapper:LicenseKey"];
            mapping.AddMaps(typeof(Program).Assembly);
        })
        .AddScoped<PaymentImport>();
    return builder;
}

static async Task ServeAsync(WebApplicationBuilder builder)
{
    JsonLog.Add(builder, Console.OpenStandardOutput);
    builder.AddServerLimits();
    builder.AddTelemetry();
    builder.AddBearerTokens();
    builder.Services.AddKnownProxies();
    builder.Services.AddRateLimits();
    builder.Services.AddProblems();
    builder.Services.AddApiControllers();
    builder.AddDashboard();
    builder.Services.AddPaymentsDocument();
    builder.Services.AddFeed();
    builder.Services.AddHealthProbes();
    builder.Services.AddHostedService(services => services.GetRequiredService<WebhookWorker>());
    builder.Services.AddHostedService(services => services.GetRequiredService<InboxWorker>());

    // Disposed last, which is when the database commits what is still queued.
    await using var app = builder.BuildChecked();
    var isNewSchema = app.PrepareSchema();
    app.PrepareCheckpointKeys();
    await app.PrepareSecretsAsync();
    app.PrepareDashboard();
    await app.InstallDevelopmentConnectorAsync();

    app.UseKnownProxies();
    app.UseSecurityHeaders();
    app.UseMiddleware<RequestLog>();
    app.UseMetricsPage();
    app.UseProblems();
    app.UseDashboard();
    app.UseTokenRateLimit();
    app.UseAuthentication();
    app.UseRateLimiter();
    app.UsePaymentsDocument();
    app.UseAuthorization();
    app.UseCallerAsActor();
    app.MapApiControllers();
    app.MapHealthProbes();

    await app.StartListeningAsync();
    app.CheckMetricsPort();
    await app.LogStartAsync(isNewSchema);
    await app.WaitForShutdownAsync();
}
