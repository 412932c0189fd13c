using System.Collections.Concurrent;
using System.Globalization;

namespace Payments.Service.Tests;

/// <summary>The commands backup and restore, as processes beside the service.</summary>
public sealed class BackupTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Create() => _folder = new TemporaryFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task Restore_BackupMadeUnderLoad_HasEveryEarlierPayment()
    {
        string connector;
        var answers = new ConcurrentDictionary<int, string>();
        Dictionary<int, string> before;
        using (var first = new ServiceProcess(_folder.Path, []))
        {
            using var client = await first.ReadyAsync();
            connector = await client.InstallConnectorAsync();
            using var done = new CancellationTokenSource();
            var number = 0;
            var callers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                while (!done.IsCancellationRequested)
                {
                    var own = Interlocked.Increment(ref number);
                    answers[own] = await CreateAsync(client, connector, own, expectReplay: false);
                }
            })).ToList();
            SpinWait.SpinUntil(() => answers.Count >= 200);

            before = new(answers);
            Run(0, "The copy is checked", "backup", "backup.db");
            Assert.That(answers, Has.Count.GreaterThan(before.Count), "the backup ran while nothing was written");
            Run(2, "Stop the service", "restore", "backup.db");

            await done.CancelAsync();
            await Task.WhenAll(callers);
        }

        var restored = Run(0, "The replaced database is", "restore", "backup.db");

        using var second = new ServiceProcess(_folder.Path, []);
        using var again = await second.ReadyAsync();
        await Parallel.ForEachAsync(before, async (acknowledged, _) =>
            Assert.That(await CreateAsync(again, connector, acknowledged.Key, expectReplay: true), Is.EqualTo(acknowledged.Value)));
        var stored = (await again.GetStringAsync("api/payments/payments/export")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(restored, Does.StartWith(string.Create(CultureInfo.InvariantCulture, $"Restored {stored.Length:N0} payments")));
    }

    private static async Task<string> CreateAsync(HttpClient client, string connector, int number, bool expectReplay)
    {
        using var response = await client.PostJsonAsync("payments", Request.Payment(connector, ("reference", $"\"{number}\"")));
        Assert.That(((int)response.StatusCode, response.Headers.Contains("Idempotent-Replayed")), Is.EqualTo((200, expectReplay)));
        return await response.Content.ReadAsStringAsync();
    }

    private string Run(int code, string message, params string[] arguments)
    {
        using var process = new ServiceProcess(_folder.Path, [], arguments);
        var exited = process.Exited();
        Assert.That((exited.Code, exited.Errors.Contains(message, StringComparison.Ordinal)), Is.EqualTo((code, true)), exited.Errors);
        return exited.Errors;
    }
}
