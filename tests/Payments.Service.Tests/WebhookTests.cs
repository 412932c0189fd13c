using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Payments.Service.Tests;

/// <summary>Webhooks of service processes that are killed, stopped and started with the wrong key.</summary>
public sealed class WebhookTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<string> _received = new();
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
    public async Task StopReceiverAsync()
    {
        await _receiver.DisposeAsync();
        _folder.Dispose();
    }

    [Test, Order(1)]
    public async Task Deliver_ServiceKilledUnderLoad_LosesNothingAndRepeatsLittle()
    {
        string connector;
        var sent = 0;
        using (var process = new ServiceProcess(_folder.Path, []))
        {
            using var client = await process.ReadyAsync();
            connector = await client.InstallConnectorAsync();
            (await client.PostJsonAsync("webhooks", $$"""{"url":"{{_receiver.Urls.First()}}","types":["payment.created"]}""")).EnsureSuccessStatusCode();
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

        var before = _received.Count;
        using (var process = new ServiceProcess(_folder.Path, []))
        {
            using var client = await process.ReadyAsync();
            for (var i = 0; i < 20; i++)
            {
                await client.PostJsonAsync("payments", Request.Payment(connector, ("reference", $"\"after {i}\"")));
            }

            var listed = await client.GetFromJsonAsync<JsonObject>("api/payments/payments?pageSize=1000");
            var stored = listed!["cursor"]!["data"]!.AsArray().Count;
            // The killed owner keeps the endpoint for 30 seconds.
            await WaitAsync(() => _received.Distinct().Count() >= stored);
            Assert.That(_received.Distinct().Count(), Is.EqualTo(stored));
            Assert.That(_received.Count - stored, Is.LessThanOrEqualTo(before), "only what was sent in the last second before the kill");
            Assert.That(_received.GroupBy(id => id).Select(deliveries => deliveries.Count()), Is.All.LessThanOrEqualTo(2));
            process.Signal("TERM");
            Assert.That(process.Exited().Code, Is.Zero);
        }
    }

    [Test, Order(2)]
    public async Task Deliver_ServiceStopped_NextStartContinuesImmediatelyWithoutRepeating()
    {
        var before = _received.Count;
        using var process = new ServiceProcess(_folder.Path, []);
        using var client = await process.ReadyAsync();
        var connector = await client.InstallConnectorAsync();
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        await client.PostJsonAsync("payments", Request.Payment(connector));
        await WaitAsync(before + 1);
        Assert.That(System.Diagnostics.Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(10)));
        Assert.That(_received, Has.Count.EqualTo(before + 1));
    }

    [Test, Order(3)]
    public void Start_SecretsKeyMissing_ExitsWith1AndCreatesNoKey()
    {
        File.Move(KeyFile, KeyFile + ".kept");
        using var process = new ServiceProcess(_folder.Path, []);
        var (code, _, errors) = process.Exited();
        Assert.That((code, File.Exists(KeyFile)), Is.EqualTo((1, false)));
        Assert.That(errors, Does.Contain($"Secrets:KeyFile is '{KeyFile}'. The database contains 1 secrets that neither this key nor a retired key beside it can decrypt"));
    }

    [Test, Order(4)]
    public async Task Start_SecretsKeyRetired_EncryptsWithANewKey()
    {
        var retired = Path.Combine(_folder.Path, "data", "secrets-key.2026.pem");
        File.Move(KeyFile + ".kept", retired);
        using (var process = new ServiceProcess(_folder.Path, []))
        {
            using var client = await process.ReadyAsync();
            process.Signal("TERM");
            process.Exited();
        }

        File.Delete(retired);
        using var restarted = new ServiceProcess(_folder.Path, []);
        using var second = await restarted.ReadyAsync();
        var endpoint = (await second.GetFromJsonAsync<JsonObject>("api/payments/webhooks"))!["cursor"]!["data"]!.AsArray().Single()!;
        using var test = await second.PostAsync(string.Create(CultureInfo.InvariantCulture, $"api/payments/webhooks/{endpoint["id"]}/test"), null);
        Assert.That((int)(await test.JsonAsync())["data"]!["status"]!, Is.EqualTo(200));
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
