using System.Buffers.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Payments.Service.Tests;

/// <summary>The commands verify, checkpoint, new-epoch and rebuild-totals as processes.</summary>
[Parallelizable]
public sealed class EventCommandTests
{
    private const string Count = "SELECT SUM(payment_count) FROM payment_totals WHERE grain = 1";

    private TemporaryFolder _folder = null!;

    private string Database => Path.Combine(_folder.Path, "data", "payments.db");

    [SetUp]
    public void Create() => _folder = new TemporaryFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task Verify_BesideService_ExitCodeSaysWhetherRowsAreAsRecorded()
    {
        Run(2, "There is no database at", "verify");
        using var service = new ServiceProcess(_folder.Path, []);
        using var client = await service.ReadyAsync();
        var connector = await client.InstallConnectorAsync();
        using var created = await client.PostJsonAsync("payments", Request.Payment(connector, ("reference", "\"ref-7\""), ("raw", """{"note":"seven"}""")));
        Assert.That((int)created.StatusCode, Is.EqualTo(200));
        Run(0, "", "checkpoint", "--output", "kept.jws");
        Run(0, "Without --checkpoint", "verify");
        var sound = Run(0, "SOUND", "verify", "--checkpoint", "kept.jws");
        Assert.That(sound, Does.Contain("The record contains the checkpoint of 20"));

        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "other.jws"), "e30.e30.e30");
        Run(2, "not a checkpoint", "verify", "--checkpoint", "other.jws");

        // As with the program sqlite3: one byte of a raw.
        Execute("UPDATE payment_adjustments SET raw = replace(raw, 'seven', 'eight')");
        var difference = Run(1, "DIFFERENCE", "verify", "--checkpoint", "kept.jws");
        Assert.That(difference, Does.Contain("payment ref-7 (ey").And.Contain("field adjustment.raw"));
    }

    [Test]
    public async Task NewEpoch_AndRestore_BeginOtherEpochsOfSameStore()
    {
        using (var service = new ServiceProcess(_folder.Path, []))
        {
            using var client = await service.ReadyAsync();
            await client.InstallConnectorAsync();
        }

        var first = Checkpoint();
        Run(0, "Backed up", "backup", "backup.db");
        Run(0, "The epoch of the event record is now", "new-epoch");
        var second = Checkpoint();
        Run(0, "Restored", "restore", "backup.db");
        var third = Checkpoint();
        Assert.That((string[])[(string)first["epoch"]!, (string)second["epoch"]!, (string)third["epoch"]!], Is.Unique.And.All.Matches("^[0-9a-f]{8}$"));
        Assert.That((string[])[(string)second["store"]!, (string)third["store"]!], Is.All.EqualTo((string)first["store"]!));
        Run(0, "SOUND", "verify");
    }

    [Test]
    public async Task RebuildTotals_BesideService_CountsAllEvents()
    {
        Run(2, "There is no database at", "rebuild-totals");
        using var service = new ServiceProcess(_folder.Path, []);
        using var client = await service.ReadyAsync();
        var connector = await client.InstallConnectorAsync();
        using var created = await client.PostJsonAsync("payments", Request.Payment(connector));
        Assert.That(() => Execute(Count), Is.EqualTo(1).After(10_000, 50));
        Execute("UPDATE payment_totals SET payment_count = 7");

        var output = Run(0, "Counted", "rebuild-totals");

        Assert.That(output, Does.Match("Counted [1-9] events in 0:00"));
        Assert.That(Execute(Count), Is.EqualTo(1));
    }

    [Test]
    public async Task Import_Command_IsRecordedWithUserOfOperatingSystem()
    {
        string connector;
        using (var service = new ServiceProcess(_folder.Path, []))
        {
            using var client = await service.ReadyAsync();
            connector = await client.InstallConnectorAsync();
        }

        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "payments.ndjson"), Request.Payment(connector, ("reference", "\"1\"")).ReplaceLineEndings(" "));
        Run(0, "stored 1", "import", "payments.ndjson");
        Assert.That(
            Execute("SELECT a.kind || ':' || a.name FROM events AS e INNER JOIN actors AS a ON a.sequence = e.actor WHERE e.kind = 1"),
            Is.EqualTo($"3:{Environment.UserName}"));
    }

    private JsonNode Checkpoint()
    {
        using var process = new ServiceProcess(_folder.Path, [], "checkpoint");
        var (code, output, errors) = process.Exited();
        Assert.That(code, Is.Zero, errors);
        return JsonNode.Parse(Base64Url.DecodeFromChars(output.Trim().Split('.')[1]))!;
    }

    private object? Execute(string statement)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = new SqliteCommand(statement, connection);
        return command.ExecuteScalar();
    }

    private string Run(int code, string message, params string[] arguments)
    {
        using var process = new ServiceProcess(_folder.Path, [], arguments);
        var exited = process.Exited();
        Assert.That((exited.Code, exited.Errors.Contains(message, StringComparison.Ordinal)), Is.EqualTo((code, true)), exited.Errors);
        return exited.Errors;
    }
}
