using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests;

/// <summary>The service as a process of its own, with its data in a folder.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    /// <param name="folder">The content root, where its data goes.</param>
    /// <param name="environment">Its settings.</param>
    /// <param name="arguments">A command and what belongs to it; none starts the service.</param>
    public ServiceProcess(string folder, (string Key, string Value)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            },
        };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has printed until it was ready, line by line.</summary>
    public List<string> Output { get; } = [];

    /// <summary>Waits for the service and returns a client with a token.</summary>
    public async Task<HttpClient> ReadyAsync()
    {
        using var idleTimeout = new CancellationTokenSource(IdleTimeout);
        while (await _process.StandardOutput.ReadLineAsync(idleTimeout.Token) is { } line)
        {
            Output.Add(line);
            if (line.Contains("Token (Development only)", StringComparison.Ordinal))
            {
                break;
            }
        }

        var address = Output.Single(line => line.Contains("listens on", StringComparison.Ordinal)).Split("listens on ")[1].Split(';')[0];
        var client = new HttpClient { BaseAddress = new Uri(address) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/oauth/token")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials" }),
        };
        request.Headers.Authorization = new("Basic", Convert.ToBase64String("payments-dev:payments-dev-secret"u8));
        using var response = await client.SendAsync(request);
        var token = (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!;
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>SIGKILL: nothing is flushed, nothing is said good-bye to.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public (int Code, string Errors) Exited()
    {
        Assert.That(_process.WaitForExit(IdleTimeout), Is.True, "it did not stop");
        _process.WaitForExit();
        return (_process.ExitCode, _errors.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }
}
