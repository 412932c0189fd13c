using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Payments.Service.Tests;

/// <summary>Webhooks of service processes that are killed, stopped and started with the wrong key.</summary>
[Parallelizable]
public sealed class WebhookTests
{
    private readonly ConcurrentQueue<string> _received = new();
    private TemporaryFolder _folder = null!;
    private WebApplication _receiver = null!;

    private string KeyFile => Path.Combine(_folder.Path, "data", "secrets-key.pem");

    [OneTimeSetUp]
    public async Task StartReceiverAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _receiver = builder.Build();
        _receiver.MapPost("/", (HttpContext context) => _received.Enqueue($"{context.Request.Headers["webhook-id"]}"));
        await _receiver.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopReceiverAsync() => await _receiver.DisposeAsync();

    [SetUp]
    public void CreateFolder()
    {
        _folder = new();
        _received.Clear();
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Deliver_ServiceKilledUnderLoad_LosesNothingAndRepeatsLittle()
    {
        string connector;
        var sent = 0;
        using (var process = new ServiceProcess(_folder.Path, []))
        {
            using var client = await process.ReadyAsync();
            connector = await client.InstallConnectorAsync();
            await CreateEndpointAsync(client);
            var load = Task.Run(async () =>
            {
                for (; ; sent++)
                {
                    try
                    {
                        await client.PostJsonAsync("payments", Request.Payment(connector, ("reference", $"\"{sent}\"")));
                    }
                    catch (HttpRequestException)
                    {
                        return;
                    }
                }
            });
            await WaitAsync(100);
            process.Kill();
            await load;
        }

        using (var process = new ServiceProcess(_folder.Path, []))
        {
            using var client = await process.ReadyAsync();
            // Read only now, because the last request of the killed process can arrive late.
            var before = _received.ToHashSet();
            for (var i = 0; i < 20; i++)
            {
                await client.PostJsonAsync("payments", Request.Payment(connector, ("reference", $"\"after {i}\"")));
            }

            var listed = await client.GetFromJsonAsync<JsonObject>("api/payments/payments?pageSize=1000");
            var stored = listed!["cursor"]!["data"]!.AsArray().Count;
            // The killed owner keeps the endpoint for 30 seconds.
            await WaitAsync(() => _received.Distinct().Count() >= stored);
            Assert.That(_received.Distinct().Count(), Is.EqualTo(stored));
            var deliveries = _received.GroupBy(id => id).ToList();
            Assert.That(deliveries.Where(delivery => delivery.Count() > 1).Select(delivery => delivery.Key), Is.SubsetOf(before), "repeated");
            Assert.That(deliveries.Select(delivery => delivery.Count()), Is.All.LessThanOrEqualTo(2));
            process.Signal("TERM");
            Assert.That(process.Exited().Code, Is.Zero);
        }
    }

    [Test]
    public async Task Deliver_ServiceStopped_NextStartContinuesImmediatelyWithoutRepeating()
    {
        await StartAndStopAsync(async client =>
        {
            await CreateEndpointAsync(client);
            await client.PostJsonAsync("payments", Request.Payment(await client.InstallConnectorAsync()));
            await WaitAsync(1);
        });
        await StartAndStopAsync(async client =>
        {
            var began = Stopwatch.GetTimestamp();
            await client.PostJsonAsync("payments", Request.Payment(await client.InstallConnectorAsync()));
            await WaitAsync(2);
            Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(20)), "a killed owner keeps the endpoint for 30 seconds");
        });
        Assert.That(_received, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Start_SecretsKeyMissing_ExitsWith1AndCreatesNoKey()
    {
        await StartAndStopAsync(CreateEndpointAsync);
        File.Delete(KeyFile);
        using var process = new ServiceProcess(_folder.Path, []);
        var (code, _, errors) = process.Exited();
        Assert.That((code, File.Exists(KeyFile)), Is.EqualTo((1, false)));
        Assert.That(errors, Does.Contain($"Secrets:KeyFile is '{KeyFile}'. The database contains 1 secrets that neither this key nor a retired key in the same folder can decrypt"));
    }

    [Test]
    public async Task Start_SecretsKeyRetired_EncryptsEachSecretWithANewKey()
    {
        await StartAndStopAsync(CreateEndpointAsync);
        var retired = Path.Combine(_folder.Path, "data", "secrets-key.2026.pem");
        File.Move(KeyFile, retired);
        await StartAndStopAsync(_ => Task.CompletedTask);
        File.Delete(retired);
        await StartAndStopAsync(async client =>
        {
            var endpoint = (await client.GetFromJsonAsync<JsonObject>("api/payments/webhooks"))!["cursor"]!["data"]!.AsArray().Single()!;
            using var test = await client.PostAsync($"api/payments/webhooks/{endpoint["id"]}/test", null);
            Assert.That((int)(await test.JsonAsync())["data"]!["status"]!, Is.EqualTo(200));
        });
    }

    private async Task CreateEndpointAsync(HttpClient client) =>
        (await client.PostJsonAsync("webhooks", $$"""{"url":"{{_receiver.Urls.First()}}","types":["payment.created"]}""")).EnsureSuccessStatusCode();

    private async Task StartAndStopAsync(Func<HttpClient, Task> use)
    {
        using var process = new ServiceProcess(_folder.Path, []);
        using var client = await process.ReadyAsync();
        await use(client);
        process.Signal("TERM");
        Assert.That(process.Exited().Code, Is.Zero);
    }

    private Task WaitAsync(int count) => WaitAsync(() => _received.Count >= count);

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (var i = 0; i < 600 && !condition(); i++)
        {
            await Task.Delay(100);
        }

        Assert.That(condition(), Is.True);
    }
}
