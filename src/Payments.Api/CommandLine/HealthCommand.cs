using System.CommandLine;
using System.Net.Security;

namespace Payments.Api.CommandLine;

/// <summary>The health check of a container: its image has no shell and no other program that could call the service.</summary>
internal static class HealthCommand
{
    private const int NotReady = 1;

    public static Command Create(CommandHost host)
    {
        var command = new Command("health", "Reports whether the service on this machine with the same settings is ready.");
        command.SetAction(async (_, stop) =>
        {
            try
            {
                return await RunAsync(host.Configuration, stop);
            }
            catch (FormatException e)
            {
                return CommandHost.Fail($"The URL of the service is not valid: {e.Message}");
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(IConfiguration settings, CancellationToken stop)
    {
        // Kestrel ignores the urls if it has endpoints.
        var address = settings.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>().DefaultIfEmpty(settings["urls"]!)
            .SelectMany(urls => urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(BindingAddress.Parse)
            .MinBy(address => address.Scheme, StringComparer.OrdinalIgnoreCase)!; // http before https
        var host = address.Host is "+" or "*" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        var url = new Uri($"{address.Scheme}://{host}:{address.Port}{address.PathBase}/health/ready");
        // The certificate is for the public name of the service, and the request contains nothing secret.
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, errors) => errors != SslPolicyErrors.RemoteCertificateNotAvailable;
        // The service responds within a second.
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(3) };
        try
        {
            using var response = await client.GetAsync(url, stop);
            Console.WriteLine($"{url} returns {(int)response.StatusCode}.");
            return response.IsSuccessStatusCode ? 0 : NotReady;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Console.WriteLine($"{url} does not respond: {e.Message}");
            return NotReady;
        }
    }
}
