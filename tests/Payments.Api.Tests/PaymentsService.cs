using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace Payments.Api.Tests;

/// <summary>The service on a real socket, with a database file of its own.</summary>
internal sealed class PaymentsService : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WebApplicationFactory<Program> _factory;

    public PaymentsService(params (string Key, string Value)[] settings)
        : this(0, _ => { }, settings)
    {
    }

    /// <summary>Listens on this port.</summary>
    public PaymentsService(int port, params (string Key, string Value)[] settings)
        : this(port, _ => { }, settings)
    {
    }

    /// <summary>Replaces services.</summary>
    public PaymentsService(Action<IServiceCollection> replace, params (string Key, string Value)[] settings)
        : this(0, replace, settings)
    {
    }

    public PaymentsService(int port, Action<IServiceCollection> replace, params (string Key, string Value)[] settings)
    {
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            host.UseEnvironment("Development");
            host.UseSetting("Database:ConnectionString", $"Data Source={DatabaseFile}");
            host.UseSetting("Authentication:SigningKeyFile", SigningKeyFile);
            host.UseSetting("Events:CheckpointKeyFile", Path.Combine(_folder.Path, "checkpoint-key.pem"));
            host.UseSetting("Secrets:KeyFile", SecretsKeyFile);
            host.UseSetting("Dashboard:SessionKeyFile", Path.Combine(_folder.Path, "session-key.txt"));
            host.UseSetting("Logging:LogLevel:Default", "Warning");
            foreach (var (key, value) in settings)
            {
                host.UseSetting(key, value);
            }

            host.ConfigureTestServices(replace);
        });
        _factory.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        _factory.StartServer();
        Client = new HttpClient { BaseAddress = _factory.ClientOptions.BaseAddress };
    }

    public HttpClient Client { get; }

    public IServiceProvider Services => _factory.Services;

    public string DatabaseFile => Path.Combine(_folder.Path, "payments.db");

    public string SigningKeyFile => Path.Combine(_folder.Path, "signing-key.pem");

    public string SecretsKeyFile => Path.Combine(_folder.Path, "secrets-key.pem");

    /// <summary>Requests a token for the Development client; without a scope, it has every scope of the client.</summary>
    public Task<string> TokenAsync(string? scope = null) => Client.TokenAsync(scope);

    /// <summary>Sends every further request with a token of the Development client.</summary>
    public async Task<PaymentsService> AuthorizedAsync()
    {
        await Client.AuthorizeAsync();
        return this;
    }

    public Task<string> InstallAsync(string provider = "stripe") => Client.InstallConnectorAsync(provider);

    public async Task<(int Status, JsonObject Body)> PostAsync(string path, string json)
    {
        using var response = await SendAsync(path, json);
        return ((int)response.StatusCode, await response.JsonAsync());
    }

    public Task<HttpResponseMessage> SendAsync(string path, string json) => Client.PostJsonAsync(path, json);

    /// <summary>Imports lines and returns the result of each.</summary>
    public async Task<List<JsonObject>> ImportAsync(string lines, string type = "application/x-ndjson")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(lines)) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
        using var response = await Client.PostAsync("api/payments/payments/import", content);
        return await ReadResultsAsync(response);
    }

    /// <summary>Reads the result of each line from the response to an import.</summary>
    public static async Task<List<JsonObject>> ReadResultsAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.That((int)response.StatusCode, Is.EqualTo(200), text);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    /// <summary>The status of a GET with If-None-Match.</summary>
    public async Task<HttpStatusCode> StatusAsync(string address, string ifNoneMatch)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        using var response = await Client.SendAsync(request);
        return response.StatusCode;
    }

    public void Dispose()
    {
        Client.Dispose();
        _factory.Dispose();
        _folder.Dispose();
    }
}
