using System.Diagnostics;
using System.Globalization;
using Dapper;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;

namespace Payments.Durability;

/// <summary>The database accepts no writes for a while. The service returns 503, still reads, and recovers without a restart.</summary>
internal static class Outages
{
    // The service starts a checkpoint after this many pages; the log adds a header to each.
    private const long LogAtCheckpoint = 32_000 * (4096 + 24);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);

    public static async Task<string> FullDiskAsync(Trial trial)
    {
        using var disk = new Volume(trial.Folder, 160);
        trial.DataFolder = disk.Path;
        return await RunAsync(trial, _ => Do(() => disk.Fill(free: 256 * 1024)), _ => Do(disk.Free));
    }

    /// <summary>The disk has space for the log up to its checkpoint, and none for the checkpoint.</summary>
    public static async Task<string> FullDiskAtCheckpointAsync(Trial trial)
    {
        using var disk = new Volume(trial.Folder, 320);
        trial.DataFolder = disk.Path;
        var log = 0L;
        var details = await RunAsync(
            trial,
            async _ =>
            {
                await Load.UntilAsync(() => Log() > LogAtCheckpoint / 2, Timeout);
                disk.Fill(free: LogAtCheckpoint - Log() + (1024 * 1024));
            },
            _ => Do(() =>
            {
                log = Log();
                disk.Free();
            }));
        if (log < LogAtCheckpoint)
        {
            trial.Fault($"The disk was not full at a checkpoint: the log has {log:N0} bytes.");
        }

        return string.Create(CultureInfo.InvariantCulture, $"the log had grown to {log / 1e6:0} MB; {details}");

        long Log() => new FileInfo($"{trial.DatabaseFile}-wal") is { Exists: true } file ? file.Length : 0;
    }

    /// <summary>Writes beyond the first megabyte of a file fail, as on a broken disk. Needs no privileges.</summary>
    public static async Task<string> FailingWritesAsync(Trial trial)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new CannotRunHereException("prlimit needs Linux");
        }

        trial.Shell = "trap '' XFSZ";
        return await RunAsync(
            trial,
            service => Do(() => SystemProgram.RunOrSkip("prlimit", "--pid", $"{service.Id}", "--fsize=1000000:")),
            service => Do(() => SystemProgram.Run("prlimit", "--pid", $"{service.Id}", "--fsize=unlimited:")));
    }

    public static async Task<string> ReadOnlyFileAsync(Trial trial)
    {
        using var disk = new Volume(trial.Folder, 512);
        trial.DataFolder = disk.Path;
        // File permissions bind neither root nor a process that has the file open; the immutable flag binds both.
        return await RunAsync(
            trial,
            _ => Do(() => SystemProgram.RunOrSkip("chattr", "+i", trial.DatabaseFile, $"{trial.DatabaseFile}-wal")),
            _ => Do(() => SystemProgram.Run("chattr", "-i", trial.DatabaseFile, $"{trial.DatabaseFile}-wal")));
    }

    public static async Task<string> LockedFileAsync(Trial trial)
    {
        using var other = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = trial.DatabaseFile, Pooling = false }.ToString());
        return await RunAsync(
            trial,
            async _ =>
            {
                await other.OpenAsync();
                await other.ExecuteAsync("BEGIN EXCLUSIVE");
            },
            _ => other.ExecuteAsync("ROLLBACK"));
    }

    public static async Task<string> SqlServerGoneAsync(Trial trial)
    {
        if (NewSqlServerDatabase.Server is null)
        {
            throw new CannotRunHereException(NewSqlServerDatabase.Missing);
        }

        using var database = new NewSqlServerDatabase();
        var settings = new SqlConnectionStringBuilder(database.ConnectionString);
        var address = settings.DataSource.Split(':')[^1].Split(',');
        using var proxy = new TcpProxy(address[0], address.Length > 1 ? int.Parse(address[1], CultureInfo.InvariantCulture) : 1433);
        settings.DataSource = $"127.0.0.1,{proxy.Port}";
        settings.HostNameInCertificate = address[0];
        settings.Pooling = true;
        trial.SqlServer = settings.ToString();
        return await RunAsync(trial, BeginAsync, _ => Do(proxy.Restore), readsMayFail: true);

        // Short cuts during commits, then a long one.
        async Task BeginAsync(ServiceUnderTest service)
        {
            for (var cut = 0; cut < 5; cut++)
            {
                proxy.Cut();
                await Task.Delay(trial.Random.Next(200));
                proxy.Restore();
                await trial.UntilAcknowledgedAsync();
            }

            proxy.Cut();
        }
    }

    private static async Task<string> RunAsync(Trial trial, Func<ServiceUnderTest, Task> begin, Func<ServiceUnderTest, Task> end, bool readsMayFail = false)
    {
        TimeSpan recovered;
        long unavailable, reads;
        using (var service = await trial.StartAsync())
        {
            var load = trial.Load(service, readsMayFail);
            await trial.UntilAcknowledgedAsync();
            trial.Progress("The outage begins.");
            unavailable = trial.Ledger.Unavailable;
            await begin(service);
            if (!await Load.UntilAsync(() => trial.Ledger.Unavailable > unavailable, Timeout))
            {
                trial.Fault("No write returned 503.");
            }

            reads = load.Reads;
            await Task.Delay(trial.Extent.Outage);
            reads = load.Reads - reads;
            if (reads == 0 && !readsMayFail)
            {
                trial.Fault("No read succeeded during the outage.");
            }

            trial.Progress("The outage ends.");
            await end(service);
            var time = Stopwatch.StartNew();
            await trial.UntilAcknowledgedAsync();
            recovered = time.Elapsed;
            await load.StopAsync();
            await trial.VerifyAsync(service);
        }

        // The process was killed, so nothing acknowledged may depend on it.
        using var again = await trial.StartAsync();
        await trial.VerifyAsync(again);
        await trial.VerifyAllAsync(again);
        return string.Create(CultureInfo.InvariantCulture, $"{reads:N0} reads during the outage, first write after {recovered.TotalSeconds:0.0} s; {trial.Summary()}");
    }

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
