using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Payments.Durability.Tests;

/// <summary>One scenario's service over all its starts, what it has promised, and what was found wrong.</summary>
internal sealed class Trial : IDisposable
{
    private const int Sample = 200; // payments that are read again each time although nobody has touched them since

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

    /// <summary>Where the database file is.</summary>
    public string DataFolder { get; set; }

    public string DatabaseFile => Path.Combine(DataFolder, "payments.db");

    /// <summary>What a shell does before it becomes the service.</summary>
    public string? Shell { get; set; }

    /// <summary>The connection string of a SQL Server; null where payments are in <see cref="DatabaseFile"/>.</summary>
    public string? SqlServer { get; set; }

    /// <summary>How long each start has taken to its first 200.</summary>
    public List<TimeSpan> Starts { get; } = [];

    public void Fault(string fault) => _faults.Enqueue(fault);

    public void Progress(string line) => _progress.WriteLine(line);

    /// <summary>What was done and seen, for the table.</summary>
    public string Summary()
    {
        var starts = Starts.Order().ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Ledger.Entries.Count:N0} payments, {Ledger.Acknowledged:N0} changes acknowledged, {Ledger.Refused:N0} refused with 503, {Ledger.Unanswered:N0} unanswered, of which {Ledger.UnansweredButStored:N0} were stored; start to first 200: median {starts[starts.Count / 2].TotalSeconds:0.0} s, at most {starts[^1].TotalSeconds:0.0} s");
    }

    /// <summary>The process, which may not answer yet.</summary>
    public ServiceProcess Launch() => new(
        Folder,
        SqlServer is null
            ? new Dictionary<string, string> { ["Database__ConnectionString"] = $"Data Source={DatabaseFile};Default Timeout={Extent.BusySeconds}" }
            : new Dictionary<string, string> { ["Database__Provider"] = "SqlServer", ["Database__ConnectionString"] = SqlServer },
        Shell);

    /// <summary>The service, ready; the first time with a connector installed.</summary>
    public async Task<ServiceProcess> StartAsync()
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

    public Load Load(ServiceProcess service, bool readsMayFail = false) =>
        new(service, Ledger, Fault, Extent.Connections, Random, readsMayFail);

    /// <summary>Waits until some more changes are acknowledged; that none are for a long time is a fault.</summary>
    public async Task UntilAcknowledgedAsync()
    {
        var before = Ledger.Acknowledged;
        if (!await Durability.Tests.Load.UntilAsync(() => Ledger.Acknowledged > before + Extent.Connections, TimeSpan.FromSeconds(90)))
        {
            Fault("Nothing is acknowledged any more.");
        }
    }

    /// <summary>
    /// All that was touched since the last time, and some of the rest: what was acknowledged is there to the byte, what was not is there whole
    /// or not at all and, sent again, ends well; and the store itself agrees.
    /// </summary>
    public async Task VerifyAsync(ServiceProcess service)
    {
        var entries = Ledger.TakeTouched(Sample, Random);
        await Parallel.ForEachAsync(entries, new ParallelOptions { MaxDegreeOfParallelism = Extent.Connections }, async (entry, _) => await VerifyAsync(service, entry));
        Ledger.FreeAll();
        CheckStore();
    }

    /// <summary>Every payment there is, by an export and by the list: each once, none that nobody sent, and to the byte.</summary>
    public async Task VerifyAllAsync(ServiceProcess service)
    {
        await CompareAsync("export", service.ExportAsync(), payment => payment.ExportedLine);
        await CompareAsync("list", ListAsync(service), payment => payment.Text);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task VerifyAsync(ServiceProcess service, Entry entry)
    {
        var id = new Payment(entry.Number).Id;
        var found = await service.SendAsync(HttpMethod.Get, $"payments/{id}");
        var isAsAcknowledged = entry.Stored is { } stored ? found.Body == stored.Answer : found.Status == HttpStatusCode.NotFound;
        if (entry.Open is not { } open)
        {
            if (!isAsAcknowledged)
            {
                Fault($"Acknowledged was {entry.Stored}; there is {found}");
            }

            return;
        }

        var isStored = found.Body == open.After.Answer;
        if (!isStored && !isAsAcknowledged)
        {
            Fault($"{open} was not acknowledged; there is neither the one nor the other: {found}");
        }

        if (isStored && open.Before != open.After)
        {
            Ledger.FindUnanswered();
        }

        var again = await service.SendAsync(open.Method, open.Path, open.Body);
        var isReplayed = open.Method == HttpMethod.Patch ? again.IsReplayed : isStored;
        if (!again.IsSuccess || again.IsReplayed != isReplayed)
        {
            Fault($"{open}, {(isStored ? "which is stored" : "which is not stored")}, was sent again and answered {again}");
        }

        var now = await service.SendAsync(HttpMethod.Get, $"payments/{id}");
        if (now.Body != open.After.Answer)
        {
            Fault($"{open} was sent again; there is {now}");
        }

        Ledger.Acknowledge(entry);
    }

    private void CheckStore()
    {
        using var connection = SqlServer is null ? StoreCheck.OpenSqlite(DatabaseFile) : StoreCheck.OpenSqlServer(SqlServer);
        foreach (var fault in StoreCheck.Run(connection, Ledger.Entries))
        {
            Fault(fault);
        }
    }

    private static async IAsyncEnumerable<string> ListAsync(ServiceProcess service)
    {
        for (var page = "payments?pageSize=1000&sort=createdAt:asc"; page is not null;)
        {
            var answer = await service.SendAsync(HttpMethod.Get, page);
            using var json = JsonDocument.Parse(answer.Body);
            var cursor = json.RootElement.GetProperty("cursor");
            foreach (var payment in cursor.GetProperty("data").EnumerateArray())
            {
                yield return payment.GetRawText();
            }

            page = cursor.TryGetProperty("next", out var next) ? $"payments?cursor={next.GetString()}" : null;
        }
    }

    // Both are in the order of the payments' numbers.
    private async Task CompareAsync(string what, IAsyncEnumerable<string> found, Func<Payment, string> text)
    {
        var count = 0;
        await foreach (var one in found)
        {
            if (count < Ledger.Entries.Count && one != text(Ledger.Entries[count].Stored!.Value))
            {
                Fault($"The {what} has, in the place of {Ledger.Entries[count].Stored}: {one}");
                return;
            }

            count++;
        }

        if (count != Ledger.Entries.Count)
        {
            Fault($"The {what} has {count} payments; {Ledger.Entries.Count} were sent.");
        }
    }
}
