using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Payments.Durability;

/// <summary>One run of a scenario: its service over several starts, its ledger and its faults.</summary>
internal sealed class Trial : IDisposable
{
    // Untouched payments that are also verified each time.
    private const int UntouchedSample = 200;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("payments-durability-");
    private readonly ConcurrentQueue<string> _faults = new();

    private readonly TextWriter _progress;

    public Trial(Extent extent, TextWriter progress)
    {
        _progress = progress;
        Extent = extent;
        Random = new Random(extent.Seed);
        DataFolder = Path.Combine(Folder, "data");
        Directory.CreateDirectory(DataFolder);
    }

    public Extent Extent { get; }

    public Random Random { get; }

    public Ledger Ledger { get; } = new();

    public IReadOnlyCollection<string> Faults => _faults;

    public string Folder => _folder.FullName;

    /// <summary>The folder of the database file.</summary>
    public string DataFolder { get; set; }

    public string DatabaseFile => Path.Combine(DataFolder, "payments.db");

    /// <summary>A shell command to run before the service starts.</summary>
    public string? Shell { get; set; }

    /// <summary>The connection string of a SQL Server; null if the database is <see cref="DatabaseFile"/>.</summary>
    public string? SqlServer { get; set; }

    /// <summary>The time from each start to the first 200.</summary>
    public List<TimeSpan> Starts { get; } = [];

    public void Fault(string fault) => _faults.Enqueue(fault);

    public void Progress(string line) => _progress.WriteLine(line);

    /// <summary>The counts for the report.</summary>
    public string Summary()
    {
        var starts = Starts.Order().ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Ledger.Entries.Count:N0} payments, {Ledger.Acknowledged:N0} changes acknowledged, {Ledger.Unavailable:N0} responses 503, {Ledger.Unanswered:N0} changes without a response, of which {Ledger.UnansweredButStored:N0} were stored; start to first 200: median {starts[starts.Count / 2].TotalSeconds:0.0} s, max {starts[^1].TotalSeconds:0.0} s");
    }

    /// <summary>Starts the service and does not wait for it.</summary>
    public ServiceUnderTest Launch() => new(Folder, DatabaseSettings(), Shell);

    /// <summary>Starts the service and waits until it is ready. The first start installs the connector.</summary>
    public async Task<ServiceUnderTest> StartAsync()
    {
        var service = Launch();
        try
        {
            Starts.Add(await service.ReadyAsync());
            if (Starts.Count == 1)
            {
                var installed = await service.SendAsync(HttpMethod.Post, "connectors/stripe", $$"""{"name":"main","connectorID":"{{Payment.ConnectorId}}"}""");
                if (installed.Status != HttpStatusCode.Created)
                {
                    Fault($"The connector was not installed: {installed}");
                }
            }

            return service;
        }
        catch
        {
            service.Dispose();
            throw;
        }
    }

    public Load Load(ServiceUnderTest service, bool readsMayFail = false) =>
        new(service, Ledger, Fault, Extent.Connections, Random, readsMayFail, mayRepeatWrites: SqlServer is not null);

    /// <summary>Waits until more changes are acknowledged; a timeout is a fault.</summary>
    public async Task UntilAcknowledgedAsync()
    {
        var before = Ledger.Acknowledged;
        if (!await Durability.Load.UntilAsync(() => Ledger.Acknowledged > before + Extent.Connections, TimeSpan.FromSeconds(90)))
        {
            Fault("The service acknowledges no more changes.");
        }
    }

    /// <summary>
    /// Verifies every payment touched since the last call, some others, and the tables. An acknowledged change must be stored byte by byte. A
    /// change without a response must be stored as a whole or not at all, and must succeed when it is sent again.
    /// </summary>
    public async Task VerifyAsync(ServiceUnderTest service)
    {
        var entries = Ledger.TakeTouched(UntouchedSample, Random);
        await Parallel.ForEachAsync(entries, new ParallelOptions { MaxDegreeOfParallelism = Extent.Connections }, async (entry, _) => await VerifyAsync(service, entry));
        Ledger.FreeAll();
        CheckStore();
    }

    /// <summary>Verifies by an export and by the list that every payment is there once, byte by byte, and no other, and that each has its events.</summary>
    public async Task VerifyAllAsync(ServiceUnderTest service)
    {
        await CompareAsync("export", service.ExportAsync(), payment => payment.ExportedLine);
        await CompareAsync("list", ListAsync(service), payment => payment.Text);
        if (ServiceUnderTest.VerifyEventRecord(Folder, DatabaseSettings()) is { } difference)
        {
            Fault(difference);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task VerifyAsync(ServiceUnderTest service, Entry entry)
    {
        var id = new Payment(entry.Number).Id;
        var found = await service.SendAsync(HttpMethod.Get, $"payments/{id}");
        var isAsAcknowledged = entry.Stored is { } stored ? found.Body == stored.Response : found.Status == HttpStatusCode.NotFound;
        if (entry.Open is not { } open)
        {
            if (!isAsAcknowledged)
            {
                Fault($"{entry.Stored} was acknowledged; the service returns {found}");
            }

            return;
        }

        var isStored = found.Body == open.After.Response;
        if (!isStored && !isAsAcknowledged)
        {
            Fault($"{open} was not acknowledged; the service returns neither state: {found}");
        }

        if (isStored && open.Before != open.After)
        {
            Ledger.CountUnansweredButStored();
        }

        var again = await service.SendAsync(open.Method, open.Path, open.Body);
        var isReplayed = open.Method == HttpMethod.Patch ? again.IsReplayed : isStored;
        if (!again.IsSuccess || again.IsReplayed != isReplayed)
        {
            Fault($"{open}, {(isStored ? "which is stored" : "which is not stored")}, was sent again and returned {again}");
        }

        var now = await service.SendAsync(HttpMethod.Get, $"payments/{id}");
        if (now.Body != open.After.Response)
        {
            Fault($"{open} was sent again; the service returns {now}");
        }

        Ledger.Acknowledge(entry);
    }

    private (string Key, string Value)[] DatabaseSettings() => SqlServer is null
        ? [("Database__ConnectionString", $"Data Source={DatabaseFile};Default Timeout={Extent.BusySeconds}")]
        : [("Database__Provider", "SqlServer"), ("Database__ConnectionString", SqlServer)];

    private void CheckStore()
    {
        using var connection = SqlServer is null ? StoreCheck.OpenSqlite(DatabaseFile) : StoreCheck.OpenSqlServer(SqlServer);
        foreach (var fault in StoreCheck.Run(connection, Ledger.Entries))
        {
            Fault(fault);
        }
    }

    private static async IAsyncEnumerable<string> ListAsync(ServiceUnderTest service)
    {
        for (var page = "payments?pageSize=1000&sort=createdAt:asc"; page is not null;)
        {
            var response = await service.SendAsync(HttpMethod.Get, page);
            using var json = JsonDocument.Parse(response.Body);
            var cursor = json.RootElement.GetProperty("cursor");
            foreach (var payment in cursor.GetProperty("data").EnumerateArray())
            {
                yield return payment.GetRawText();
            }

            page = cursor.TryGetProperty("next", out var next) ? $"payments?cursor={next.GetString()}" : null;
        }
    }

    // Both are ordered by the payments' numbers.
    private async Task CompareAsync(string source, IAsyncEnumerable<string> found, Func<Payment, string> text)
    {
        var count = 0;
        await foreach (var payment in found)
        {
            if (count < Ledger.Entries.Count && payment != text(Ledger.Entries[count].Stored!.Value))
            {
                Fault($"The {source} has, instead of {Ledger.Entries[count].Stored}: {payment}");
                return;
            }

            count++;
        }

        if (count != Ledger.Entries.Count)
        {
            Fault($"The {source} has {count} payments; {Ledger.Entries.Count} were sent.");
        }
    }
}
