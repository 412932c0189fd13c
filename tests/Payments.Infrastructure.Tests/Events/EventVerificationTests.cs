using System.Data;
using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Options;
using Payments.Application.Events;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Events;
using Payments.Domain.Payments;
using Payments.Domain.Webhooks;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Events.Verification;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Secrets;
using Payments.Infrastructure.SqlServer;

namespace Payments.Infrastructure.Tests.Events;

/// <summary>Somebody with full access to the database changes it, and the verification finds the change.</summary>
internal sealed class EventVerificationTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    // The key of each table that the record covers.
    private static readonly Dictionary<string, string[]> Keys = new()
    {
        ["payments"] = ["sequence"],
        ["payment_adjustments"] = ["payment", "number"],
        ["payment_metadata"] = ["entry_hash", "created_at", "payment"],
        ["accounts"] = ["sequence"],
        ["connectors"] = ["sequence"],
        ["uninstalled_connectors"] = ["sequence"],
        ["webhooks"] = ["sequence"],
        ["actors"] = ["sequence"],
        ["events"] = ["position"],
    };

    // The first is SQLite's row number, the second SQL Server's order of inserts; last_change identifies one write. docs/audit.md names them.
    private static readonly string[] NotCovered = ["payments.last_change", "payment_adjustments.sequence", "payment_adjustments.reference_hash", "events.sequence", "webhooks.deleted_at"];

    private static readonly string[] OtherTables = ["payments_schema", "event_record", "numbers", "write_probe", "secrets", "webhook_cursors", "webhook_deliveries", "webhook_attempts", "inbox", "inbox_waits", "inbox_worker", "payment_totals", "payment_totals_position"];

    // The fields that can be named for a column.
    private static readonly Dictionary<string, string> Fields = new()
    {
        ["payments.sequence"] = "payments",
        ["payments.id_hash"] = "id_hash",
        ["payments.connector"] = "connectorID",
        ["payments.reference"] = "reference",
        ["payments.reference_start"] = "reference_start",
        ["payments.type"] = "type",
        ["payments.scheme"] = "scheme",
        ["payments.asset"] = "asset",
        ["payments.source_account_id"] = "sourceAccountID",
        ["payments.source_account_hash"] = "source_account_hash",
        ["payments.destination_account_id"] = "destinationAccountID",
        ["payments.destination_account_hash"] = "destination_account_hash",
        ["payments.created_at"] = "createdAt",
        ["payments.initial_amount"] = "initialAmount",
        ["payments.amount"] = "amount",
        ["payments.status"] = "status",
        ["payments.metadata"] = "metadata",
        ["payments.reported_metadata"] = "reportedMetadata",
        ["payments.edited_metadata_keys"] = "editedMetadataKeys",
        ["payments.revision"] = "revision",
        ["payment_adjustments.payment"] = "adjustments",
        ["payment_adjustments.number"] = "adjustments",
        ["payment_adjustments.reference"] = "adjustment.reference",
        ["payment_adjustments.created_at"] = "adjustment.createdAt",
        ["payment_adjustments.status"] = "adjustment.status",
        ["payment_adjustments.amount"] = "adjustment.amount",
        ["payment_adjustments.raw"] = "adjustment.raw",
        ["payment_metadata.entry_hash"] = "payment_metadata",
        ["payment_metadata.created_at"] = "payment_metadata",
        ["payment_metadata.payment"] = "payment_metadata",
        ["accounts.sequence"] = "accounts",
        ["accounts.id_hash"] = "id_hash",
        ["accounts.connector"] = "connectorID",
        ["accounts.reference"] = "reference",
        ["accounts.type"] = "type",
        ["accounts.name"] = "accountName",
        ["accounts.default_asset"] = "defaultAsset",
        ["accounts.created_at"] = "createdAt",
        ["accounts.metadata"] = "metadata",
        ["accounts.raw"] = "raw",
        ["connectors.sequence"] = "connectors",
        ["connectors.id_hash"] = "id_hash",
        ["connectors.provider"] = "connectorID",
        ["connectors.reference"] = "connectorID",
        ["connectors.name"] = "name",
        ["connectors.name_key"] = "name_key",
        ["connectors.installed_at"] = "installedAt",
        ["uninstalled_connectors.sequence"] = "connectors",
        ["uninstalled_connectors.id_hash"] = "id_hash",
        ["uninstalled_connectors.provider"] = "connectorID",
        ["uninstalled_connectors.reference"] = "connectorID",
        ["uninstalled_connectors.name"] = "name",
        ["uninstalled_connectors.name_key"] = "name_key",
        ["uninstalled_connectors.installed_at"] = "installedAt",
        ["webhooks.sequence"] = "webhooks",
        ["webhooks.id"] = "webhookID",
        ["webhooks.url"] = "url",
        ["webhooks.kinds"] = "types",
        ["webhooks.description"] = "description",
        ["webhooks.is_ordered"] = "ordered",
        ["webhooks.secret_last_four"] = "secretLastFour",
        ["webhooks.state"] = "state",
        ["webhooks.disabled_reason"] = "disabledReason",
        ["webhooks.created_at"] = "createdAt",
        ["webhooks.revision"] = "revision",
        ["actors.sequence"] = "event.actor sequence",
        ["actors.kind"] = "event.actor sequence",
        ["actors.name"] = "event.actor sequence",
        ["events.position"] = "event.position",
        ["events.kind"] = "event.type",
        ["events.payment"] = "event.payment revision payments",
        ["events.account"] = "event.account",
        ["events.connector"] = "connectors event.connector",
        ["events.webhook"] = "event.webhook revision",
        ["events.revision"] = "event.revision",
        ["events.number"] = "event.number",
        ["events.at"] = "event.time",
        ["events.actor"] = "event.actor",
        ["events.trace_id"] = "event.traceid",
        ["events.changes"] = "event.changes",
        ["events.fingerprints"] = "fingerprints",
        ["events.hash"] = "hash",
    };

    private ConnectorId _connector = null!;

    private static IEnumerable<string> Columns => Fields.Keys;

    private static bool IsSqlite => typeof(TDatabase) == typeof(SqliteTestDatabase);

    private EventVerification Verification => Verify([]);

    [OneTimeSetUp]
    public async Task RecordAsync()
    {
        CurrentActor.Value = new Actor(ActorKind.Client, "shop");
        var connector = Sample.Connector();
        _connector = connector.Id;
        await Connectors.AddAsync(connector, default);
        var gone = Sample.Connector("wise");
        await Connectors.AddAsync(gone, default);
        await Connectors.RemoveAsync(gone.Id, default);
        await Connectors.AddAsync(gone, default);
        await Connectors.RemoveAsync(gone.Id, default);
        await Accounts.AddAsync(Sample.Account(_connector, name: "Ä", defaultAsset: "EUR/2", metadata: Sample.Metadata(("k", "v")), raw: """{"a":1}"""), default);
        await Accounts.AddAsync(Sample.Account(_connector), default);
        foreach (var history in HistoryCase.All)
        {
            await ReportAsync(history, Sample.Value<PaymentReference>($"{Guid.NewGuid()}"));
        }

        CurrentActor.Value = new Actor(ActorKind.CommandLine, "operator");
        var account = new AccountId(_connector, Sample.Value<AccountReference>("acc"));
        var rich = Sample.Payment(
            _connector, string.Concat(Enumerable.Repeat("😀", 70)), new string('9', 38), scheme: PaymentScheme.Unknown, source: account, raw: """{"ü":"😀"}""",
            metadata: Sample.Metadata(("tenant", "acme"), ("ä\"", "1")));
        await Payments.AddAsync(rich, default);
        await ChangeAsync(rich.Id, stored => stored.ChangeMetadata(Sample.Edits(("tenant", null), ("new", "ü"))));
        await ChangeAsync(rich.Id, stored => stored.ApplyReport(Sample.Payment(
            _connector, rich.Reference.Text, new string('9', 38), PaymentStatus.Succeeded, -1, destination: account, metadata: Sample.Metadata(("later", "2")))));
        await ChangeAsync(rich.Id, stored => stored.ChangeMetadata(Sample.Edits(("new", "again"), ("later", "3"))));
        await ChangeAsync(rich.Id, stored => stored.Adjust(Sample.Adjustment("re_1", PaymentStatus.Refunded, "5", 3, """{"r":1}""")));
        await ImportAsync();
        await Store.Get<SecretStore>().PrepareAsync(default);
        await ChangeWebhooksAsync();
        await AttackAsync("DROP TRIGGER tr_events_no_update", onSqliteOnly: true);
        await AttackAsync("DROP TRIGGER tr_events_no_delete", onSqliteOnly: true);
    }

    [Test]
    public async Task VerifyAsync_MixedHistory_FindsNoDifference()
    {
        var seen = new List<string>();
        var (record, difference) = await Verification.VerifyAsync(null, (name, count, _) => seen.Add($"{name} {count}"), default);
        Assert.That(difference, Is.Null);
        Assert.That(record!.Position, Is.GreaterThan(80));
        Assert.That(seen, Does.Contain($"event {record.Position}"));
    }

    // A new column must be covered, or documented as not covered.
    [Test]
    public async Task Columns_Schema_AreCoveredOrListedAsNotCovered()
    {
        await using var connection = Open();
        await using var command = connection.CreateCommand();
        command.CommandText = IsSqlite
            ? "SELECT t.name || '.' || c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"
            : "SELECT CONCAT(c.TABLE_NAME, '.', c.COLUMN_NAME) FROM INFORMATION_SCHEMA.COLUMNS AS c";
        await using var reader = await command.ExecuteReaderAsync();
        var columns = new List<string>();
        while (await reader.ReadAsync())
        {
            columns.Add(reader.GetString(0));
        }

        Assert.That(columns.Where(column => !OtherTables.Contains(column.Split('.')[0])).Except(NotCovered), Is.EquivalentTo(Fields.Keys));
    }

    [TestCaseSource(nameof(Columns))]
    public async Task VerifyAsync_ColumnChanged_NamesField(string name)
    {
        var (table, column) = (name.Split('.')[0], name.Split('.')[1]);
        var rows = await RowsAsync(table);
        var found = new SortedSet<string>();
        foreach (var row in (Dictionary<string, object?>[])[rows[0], rows[rows.Count / 2], rows[^1]])
        {
            var before = row[column];
            await SetAsync(table, row, column, Changed(column, before));
            var difference = await FindAsync();
            found.Add(difference?.Field ?? "nothing");
            TestContext.Out.WriteLine($"{difference}");
            await SetAsync(table, row, column, before);
        }

        Assert.That(found, Is.SubsetOf(Fields[name].Split(' ')));
        Assert.That(await FindAsync(), Is.Null, "the changes are undone");
    }

    // The text stays valid, and for an adjustment all that follows from it stays the same.
    [TestCase("payments", "metadata", "\"again\"", "\"other\"", "metadata.new")]
    [TestCase("payments", "reported_metadata", "\"acme\"", "\"other\"", "reportedMetadata")]
    [TestCase("payments", "edited_metadata_keys", "tenant", "later2", "editedMetadataKeys")]
    [TestCase("payments", "metadata", "{", "{ ", "metadata")]
    [TestCase("payment_adjustments", "raw", "\"r\":1", "\"r\":2", "adjustment.raw")]
    [TestCase("events", "changes", "\"again\"", "\"other\"", "event.changes")]
    public async Task VerifyAsync_PartOfTextChanged_NamesField(string table, string column, string from, string to, string field)
    {
        var row = (await RowsAsync(table)).Last(row => row[column] is string text && text.Contains(from, StringComparison.Ordinal));
        var before = (string)row[column]!;
        await SetAsync(table, row, column, before.Replace(from, to, StringComparison.Ordinal));
        var difference = await FindAsync();
        await SetAsync(table, row, column, before);
        Assert.That(difference?.Field, Is.EqualTo(field));
    }

    [Test]
    public async Task VerifyAsync_RowDeleted_FindsIt([Values("payments", "payment_adjustments", "payment_metadata", "accounts", "connectors", "uninstalled_connectors", "webhooks", "actors", "events")] string table)
    {
        var rows = await RowsAsync(table);
        foreach (var row in (Dictionary<string, object?>[])[rows[0], rows[rows.Count / 2], rows[^1]])
        {
            await DeleteAsync(table, row);
            var difference = await FindAsync();
            await InsertAsync(table, row);
            Assert.That(difference, Is.Not.Null, () => string.Join(", ", row));
        }

        Assert.That(await FindAsync(), Is.Null, "the changes are undone");
    }

    // An actor without an event changes nothing that was recorded.
    [Test]
    public async Task VerifyAsync_RowInserted_FindsIt([Values("payments", "payment_adjustments", "payment_metadata", "accounts", "connectors", "uninstalled_connectors", "webhooks", "events")] string table)
    {
        var rows = await RowsAsync(table);
        foreach (var row in (Dictionary<string, object?>[])[rows[0], rows[rows.Count / 2], rows[^1]])
        {
            var added = row.ToDictionary(column => column.Key, column => column.Key switch
            {
                "sequence" => 100_000L,
                "position" => (long)rows.Count + 1,
                "number" when table == "payment_adjustments" => 999L,
                "revision" when table == "events" => 999L,
                "id_hash" => new byte[32],
                "entry_hash" => new byte[16],
                "name_key" => "OTHER",
                "id" => $"{Guid.NewGuid()}",
                _ => column.Value,
            });
            await InsertAsync(table, added);
            var difference = await FindAsync();
            await DeleteAsync(table, added);
            Assert.That(difference, Is.Not.Null, () => string.Join(", ", row));
        }

        Assert.That(await FindAsync(), Is.Null, "the changes are undone");
    }

    [Test]
    public async Task VerifyAsync_AdjustmentOfNoPayment_FindsIt()
    {
        var row = (await RowsAsync("payment_adjustments"))[0].ToDictionary();
        (row["sequence"], row["payment"]) = (100_000L, 100_000L);
        await InsertAsync("payment_adjustments", row);
        var difference = await FindAsync();
        await DeleteAsync("payment_adjustments", row);
        Assert.That((difference?.Position, difference?.Field), Is.EqualTo(((long?)null, "payment_adjustments")));
    }

    // Each pair: two rows of one payment, and two rows of different ones.
    [TestCase("payment_adjustments", "adjustment.reference adjustment.createdAt adjustment.status adjustment.raw")]
    [TestCase("events", "hash event.position event.type revision event.revision")]
    public async Task VerifyAsync_RowsSwapped_NamesField(string table, string fields)
    {
        var rows = await RowsAsync(table);
        var last = rows.FindLastIndex(row => Convert.ToInt64(row["number"] ?? 0L, CultureInfo.InvariantCulture) == 3);
        foreach (var (one, other) in ((int, int)[])[(last - 1, last), (0, last)])
        {
            await SwapAsync(table, rows[one], rows[other]);
            var difference = await FindAsync();
            await SwapAsync(table, rows[one], rows[other]);
            Assert.That(fields.Split(' '), Does.Contain(difference?.Field ?? "nothing"));
        }

        Assert.That(await FindAsync(), Is.Null, "the changes are undone");
    }

    [Test]
    public async Task VerifyAsync_LaterStateRemoved_IsFoundWithCheckpointOnly()
    {
        using var database = TDatabase.Create();
        var test = new EventVerificationTests<TDatabase>();
        test.Use(database);
        await test.Connectors.AddAsync(Sample.Connector(), default);
        var connector = (await test.Connectors.ListAsync(default))[0].Id;
        await test.Payments.AddAsync(Sample.Payment(connector), default);
        await test.Payments.AddAsync(Sample.Payment(connector), default);
        var (checkpoint, _) = await test.Verification.VerifyAsync(null, (_, _, _) => { }, default);
        Assert.That(await test.FindAsync(checkpoint), Is.Null);

        await test.AttackAsync("DROP TRIGGER tr_events_no_delete", onSqliteOnly: true);
        foreach (var table in (string[])["events", "payment_adjustments", "payments"])
        {
            await test.DeleteAsync(table, (await test.RowsAsync(table))[^1]);
        }

        Assert.That(await test.FindAsync(), Is.Null, "the rest is a sound record");
        var truncated = await test.FindAsync(checkpoint);
        Assert.That((truncated?.Position, truncated?.Field), Is.EqualTo((3L, "position")));

        await test.Payments.AddAsync(Sample.Payment(connector), default);
        Assert.That(await test.FindAsync(), Is.Null, "the rest is a sound record");
        var replaced = await test.FindAsync(checkpoint);
        Assert.That((replaced?.Position, replaced?.Field), Is.EqualTo((3L, "hash")));
        Assert.That((await test.FindAsync(checkpoint! with { Store = "other" }))?.Field, Is.EqualTo("store"));
    }

    [Test]
    public async Task VerifyAsync_ConcurrentWrites_FindsNoDifference()
    {
        using var database = TDatabase.Create();
        var test = new EventVerificationTests<TDatabase>();
        test.Use(database);
        var connector = Sample.Connector();
        await test.Connectors.AddAsync(connector, default);
        var hot = Enumerable.Range(0, 4).Select(_ => Sample.Payment(connector.Id, metadata: Sample.Metadata(("a", "1"), ("b", "2")))).ToList();
        await Task.WhenAll(hot.Select(payment => test.Payments.AddAsync(payment, default)));
        using var done = new CancellationTokenSource();
        var writers = hot.Select(payment => Task.Run(async () =>
        {
            for (var i = 1; !done.IsCancellationRequested; i++)
            {
                await test.ChangeAsync(payment.Id, stored => stored.ChangeMetadata(Sample.Edits(("a", $"{i}"), ($"k{i % 5}", i % 2 == 0 ? null : "x"))));
                if (i < 900)
                {
                    await test.ChangeAsync(payment.Id, stored => stored.Adjust(Sample.Adjustment($"re_{i}", PaymentStatus.RefundedFailure, seconds: -i)));
                }

                await test.Payments.AddAsync(Sample.Payment(connector.Id, metadata: Sample.Metadata(("a", "1"))), default);
                await test.Accounts.AddAsync(Sample.Account(connector.Id), default);
                var brief = Sample.Connector();
                await test.Connectors.AddAsync(brief, default);
                await test.Connectors.RemoveAsync(brief.Id, default);
            }
        })).ToList();
        var verification = test.Verify([0, 10, 50, 100, 250, 500]);
        var end = DateTime.UtcNow.AddSeconds(4);
        var verified = 0L;
        while (DateTime.UtcNow < end || (verified <= 100 && DateTime.UtcNow < end.AddMinutes(1))) // a busy machine needs longer
        {
            var (record, difference) = await verification.VerifyAsync(null, (_, _, _) => { }, default);
            Assert.That(difference, Is.Null);
            verified = record!.Position;
        }

        await done.CancelAsync();
        await Task.WhenAll(writers);
        Assert.That(verified, Is.GreaterThan(100));
        Assert.That(await test.FindAsync(), Is.Null);
    }

    private EventVerification Verify(int[] delays) =>
        new(Database, Store.Get<ISqlDialect>(), Store.Get<EventSealing>(), Store.Get<IOptions<DatabaseOptions>>()) { DelaysInMilliseconds = delays };

    private async Task ReportAsync(HistoryCase history, PaymentReference reference)
    {
        var id = new PaymentId(_connector, reference, PaymentType.PayIn);
        Payment? stored = null;
        foreach (var report in history.Reports.Where(report => report.Conflicts.Count == 0))
        {
            if (report.Apply(stored, id) is { } changed)
            {
                Assert.That(stored is null ? await Payments.AddAsync(changed, default) : await Payments.SaveAsync(stored, changed, default), Is.True);
                stored = changed;
            }
        }
    }

    // A copy from another installation, with its edits.
    private async Task ImportAsync()
    {
        var id = new PaymentId(_connector, Sample.Value<PaymentReference>("copy"), PaymentType.PayIn);
        var original = Sample.Payment(_connector, "copy", metadata: Sample.Metadata(("a", "1"), ("b", "2")));
        var edited = original.ChangeMetadata(Sample.Edits(("a", "9"), ("c", "3")))!;
        var copy = Payment.CreateCopy(id, original.Details, edited.ReportedMetadata, [
            Sample.Adjustment("re_2", PaymentStatus.Refunded, "30", 9), Sample.Adjustment("copy", PaymentStatus.Succeeded, seconds: 5), Sample.Adjustment("copy", PaymentStatus.Pending)]);
        Payment? stored = null;
        foreach (var step in copy.Steps())
        {
            Assert.That(stored is null ? await Payments.AddAsync(step, default) : await Payments.SaveAsync(stored, step, default), Is.True);
            stored = step;
        }
    }

    private async Task ChangeWebhooksAsync()
    {
        var webhooks = Store.Get<IWebhookRepository>();
        foreach (var description in (string?[])[null, "for the shop"])
        {
            var settings = new WebhookSettings(
                Sample.Value<WebhookUrl>("https://example.com/hook"), EventKind.PaymentCreated | EventKind.PaymentAdjusted,
                description is null ? null : Sample.Value<WebhookDescription>(description), IsOrdered: false);
            var endpoint = WebhookEndpoint.Create(new(Guid.NewGuid()), settings, WebhookSecret.Of(new byte[WebhookSecret.GeneratedLength]), new Domain.Instant(Sample.Now));
            await webhooks.AddAsync(endpoint, default);
            await webhooks.ChangeAsync(endpoint.Id, stored => stored with { Settings = settings with { Kinds = 0, IsOrdered = true } }, default);
            await webhooks.ChangeAsync(endpoint.Id, stored => stored.Disable(Enum.GetValues<DisabledReason>()[0]), default);
            if (description is null)
            {
                await webhooks.DeleteAsync(endpoint.Id, default);
            }
        }
    }

    private async Task ChangeAsync(PaymentId id, Func<Payment, Payment?> change)
    {
        var stored = (await Payments.FindAsync(id, default))!;
        Assert.That(await Payments.SaveAsync(stored, change(stored)!, default), Is.True);
    }

    private async Task<EventDifference?> FindAsync(EventRecord? checkpoint = null) =>
        (await Verification.VerifyAsync(checkpoint, (_, _, _) => { }, default)).Difference;

    private async Task<List<Dictionary<string, object?>>> RowsAsync(string table)
    {
        await using var connection = Open();
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM {table} ORDER BY {string.Join(", ", Keys[table])}";
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<Dictionary<string, object?>>();
        while (await reader.ReadAsync())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, column => reader.IsDBNull(column) ? null : reader.GetValue(column)));
        }

        return rows;
    }

    private async Task SetAsync(string table, Dictionary<string, object?> row, string column, object? value)
    {
        var keys = Keys[table].Select((key, i) => (Condition: $"{key} = @Key{i}", Parameter: ($"@Key{i}", row[key]))).ToList();
        await AttackAsync(
            $"UPDATE {table} SET {column} = @Value WHERE {string.Join(" AND ", keys.Select(key => key.Condition))}",
            [("@Value", value), .. keys.Select(key => key.Parameter)]);
        row[column] = value;
    }

    private Task<int> DeleteAsync(string table, Dictionary<string, object?> row)
    {
        // SQL Server assigns the sequence of an inserted row.
        string[] keys = row.ContainsKey("id") ? ["id"] : row.ContainsKey("id_hash") && table != "uninstalled_connectors" ? ["id_hash"] : Keys[table];
        return AttackAsync($"DELETE FROM {table} WHERE {string.Join(" AND ", keys.Select(key => $"{key} = @{key}"))}", [.. keys.Select(key => ($"@{key}", row[key]))]);
    }

    private Task<int> InsertAsync(string table, Dictionary<string, object?> row)
    {
        var insert = $"INSERT INTO {table} ({string.Join(", ", row.Keys)}) VALUES ({string.Join(", ", row.Keys.Select(column => $"@{column}"))});";
        var hasIdentity = !IsSqlite && table is ("payments" or "accounts" or "connectors" or "webhooks" or "actors" or "events");
        return AttackAsync(
            hasIdentity ? $"SET IDENTITY_INSERT {table} ON; {insert} SET IDENTITY_INSERT {table} OFF;" : insert,
            [.. row.Select(column => ($"@{column.Key}", column.Value))]);
    }

    // All columns but the key, which for an event is its position.
    private async Task SwapAsync(string table, Dictionary<string, object?> one, Dictionary<string, object?> other)
    {
        if (table == "events")
        {
            var (first, second) = (one["position"], other["position"]);
            await SetAsync(table, one, "position", 1_000_000L);
            await SetAsync(table, other, "position", first);
            await SetAsync(table, one, "position", second);
            return;
        }

        foreach (var column in one.Keys.Except(Keys[table]).Except(["sequence"]).ToList())
        {
            var (first, second) = (one[column], other[column]);
            await SetAsync(table, one, column, second);
            await SetAsync(table, other, column, first);
        }
    }

    // Without foreign keys and checks, which somebody with full access can switch off.
    private async Task<int> AttackAsync(string statement, IReadOnlyList<(string Name, object? Value)>? parameters = null, bool onSqliteOnly = false)
    {
        if (onSqliteOnly && !IsSqlite)
        {
            return 0;
        }

        await using var connection = Open();
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        foreach (var (name, value) in parameters ?? [])
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            if (value is DateTime)
            {
                parameter.DbType = DbType.DateTime2;
            }

            command.Parameters.Add(parameter);
        }

        return await command.ExecuteNonQueryAsync();
    }

    private DbConnection Open()
    {
        var connection = Store.Get<ISchemaDatabase>().OpenForSchema();
        using var command = connection.CreateCommand();
        command.CommandText = IsSqlite
            ? "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;"
            : string.Concat(Keys.Keys.Select(table => $"ALTER TABLE {table} NOCHECK CONSTRAINT ALL;"));
        command.ExecuteNonQuery();
        return connection;
    }

    private static object Changed(string column, object? value) => value switch
    {
        null when column.EndsWith("_hash", StringComparison.Ordinal) || column == "trace_id" => new byte[32],
        null when column is "payment" or "account" or "connector" or "webhook" or "number" => 7000L,
        null => "x",
        byte[] bytes => (byte[])[.. bytes[..^1], (byte)(bytes[^1] ^ 1)],
        string text when column.EndsWith("_at", StringComparison.Ordinal) =>
            DateTime.Parse(text, CultureInfo.InvariantCulture).AddSeconds(1).ToString("yyyy-MM-dd HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        string text when text.Length == 38 && text.All(char.IsAsciiDigit) => text[..^1] + (char)(text[^1] ^ 1),
        string text => text + "x",
        DateTime time => time.AddSeconds(1),
        decimal amount => amount > 0 ? amount - 1 : 1,
        var number => Convert.ToInt64(number, CultureInfo.InvariantCulture) + 1000,
    };
}
