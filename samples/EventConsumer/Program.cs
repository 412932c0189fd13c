// Start the service (dotnet run --project src/Payments.Api), then this program (dotnet run --project samples/EventConsumer).
// The settings are Payments:BaseAddress, Payments:ClientId and Payments:ClientSecret, and TotalsFile.
using EventConsumer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Payments.Client;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
builder.Services.AddPaymentsClient(options =>
{
    // The public client of the service in Development.
    options.ClientId = "payments-dev";
    options.ClientSecret = "payments-dev-secret";
    builder.Configuration.GetSection("Payments").Bind(options);
});
builder.Services.AddHostedService<DailyTotals>();
await builder.Build().RunAsync();
