using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using static Payments.TestCommon.SignedEvents;

namespace Payments.Service.Tests;

/// <summary>Provider events in service processes that are killed, and the command that applies them again.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class InboxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Database => Path.Combine(_folder.Path, "data", "payments.db");

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task Receive_ServiceKilledBetweenStoreAndApply_AppliesEachEventAfterTheRestart()
    {
        var sent = 0;
        string? connector = null;
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<string>();
        for (var round = 0; round < 10 && Received() == 0; round++)
        {
            using var process = new ServiceProcess(_folder.Path, []);
            using var client = await process.ReadyAsync();
            connector ??= await client.InstallWithSettingsAsync("stripe", StripeSettings);
            var load = Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
            {
                try
                {
                    while (true)
                    {
                        var id = Interlocked.Increment(ref sent).ToString(CultureInfo.InvariantCulture);
                        using var response = await client.PostStripeEventAsync(connector, StripeEvent($"evt_{id}", "payment_intent.succeeded", 5, Intent($"pi_{id}", "succeeded")));
                        response.EnsureSuccessStatusCode();
                        acknowledged.Add($"pi_{id}");
                    }
                }
                catch (HttpRequestException)
                {
                    // It was killed.
                }
            })));
            while (acknowledged.Count < (round + 1) * 100 && !load.IsCompleted)
            {
                await Task.Delay(10);
            }

            process.Kill();
            await load;
        }

        var received = Received();
        Assert.That(received, Is.Positive, "no kill was between the two");
        using var restarted = new ServiceProcess(_folder.Path, []);
        using var reader = await restarted.ReadyAsync();
        Assert.That(restarted.StartupLines, Has.Some.Contain($"/api/payments/connectors/webhooks/stripe/{connector}"));
        for (var i = 0; i < 300 && Received() > 0; i++)
        {
            await Task.Delay(100);
        }

        Assert.That(Received(), Is.Zero);
        var references = new List<string>();
        for (var cursor = ""; cursor is not null;)
        {
            var page = (await reader.GetFromJsonAsync<JsonObject>($"api/payments/payments?{(cursor.Length > 0 ? $"cursor={cursor}" : $"connectorID={connector}&pageSize=1000")}"))!["cursor"]!;
            references.AddRange(page["data"]!.AsArray().Select(payment => (string)payment!["reference"]!));
            cursor = (string?)page["next"];
        }

        Assert.That(acknowledged.Except(references), Is.Empty);
        Assert.That(references, Is.Unique);
        Assert.That(references, Has.Count.EqualTo(Count("SELECT COUNT(*) FROM inbox WHERE state = 'applied'")));
        restarted.Signal("TERM");
        restarted.Exited();
    }

    [Test]
    public async Task InboxRetry_EventsNotApplied_AppliesThemAndReportsTheirStates()
    {
        using (var process = new ServiceProcess(_folder.Path, []))
        {
            using var client = await process.ReadyAsync();
            var connector = await client.InstallWithSettingsAsync("stripe", StripeSettings);
            for (var i = 1; i <= 3; i++)
            {
                using var response = await client.PostStripeEventAsync(connector, StripeEvent($"evt_{i}", "payment_intent.succeeded", 5, Intent($"pi_{i}", "succeeded")));
                Assert.That((int)response.StatusCode, Is.EqualTo(200));
            }

            process.Signal("TERM");
            process.Exited();
        }

        using (var connection = Open())
        {
            using var command = new SqliteCommand("UPDATE inbox SET state = 'failed', reason = 'an earlier version' WHERE event_key IN ('evt_1', 'evt_2')", connection);
            Assert.That(command.ExecuteNonQuery(), Is.EqualTo(2));
        }

        Assert.That(Run("--since", "2126-01-01T00:00:00Z"), Is.EqualTo((0, "Mapped 0 events again in ")));
        Assert.That(Run("--since", "2024-01-01T00:00:00Z"), Is.EqualTo((0, "Mapped 2 events again in ")));
        Assert.That(Count("SELECT COUNT(*) FROM inbox WHERE state <> 'applied' OR reason IS NOT NULL"), Is.Zero);
        Assert.That(Run("--since", "yesterday").Code, Is.EqualTo(2));

        (int Code, string Errors) Run(params string[] arguments)
        {
            using var process = new ServiceProcess(_folder.Path, [], ["inbox", "retry", .. arguments]);
            var (code, _, errors) = process.Exited();
            var line = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Last();
            return (code, line[..Math.Min(line.Length, "Mapped 0 events again in ".Length)]);
        }
    }

    private long Received() => File.Exists(Database) ? Count("SELECT COUNT(*) FROM inbox WHERE state = 'received'") : 0;

    private long Count(string query)
    {
        using var connection = Open();
        using var command = new SqliteCommand(query, connection);
        return (long)command.ExecuteScalar()!;
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        return connection;
    }
}
