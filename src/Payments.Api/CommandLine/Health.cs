using System.Net.Security;

namespace Payments.Api.CommandLine;

/// <summary>The question of a container's health check, for an image without a shell has no other program to ask it.</summary>
internal static class Health
{
    private const int NotReady = 1;

    // The service answers within one.
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Asks the service of these settings on this machine whether it is ready; 0 where it is.</summary>
    public static async Task<int> CheckAsync(IConfiguration settings)
    {
        // Kestrel listens on its endpoints where there are any, and else on the urls.
        var addresses = settings.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>().DefaultIfEmpty(settings["urls"]!)
            .SelectMany(urls => urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(BindingAddress.Parse)
            .OrderBy(address => address.Scheme, StringComparer.OrdinalIgnoreCase); // http before https
        var address = addresses.First();
        var host = address.Host is "+" or "*" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        var question = new Uri($"{address.Scheme}://{host}:{address.Port}{address.PathBase}/health/ready");
        // Any certificate will do: it is for the name that others call the service by, and nothing is told to whoever answers.
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, errors) => errors != SslPolicyErrors.RemoteCertificateNotAvailable;
        using var client = new HttpClient(handler) { Timeout = IdleTimeout };
        try
        {
            using var answer = await client.GetAsync(question);
            Console.WriteLine($"{question} answers {(int)answer.StatusCode}.");
            return answer.IsSuccessStatusCode ? 0 : NotReady;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Console.WriteLine($"{question} does not answer: {e.Message}");
            return NotReady;
        }
    }
}
