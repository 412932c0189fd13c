using Microsoft.Extensions.Options;
using Payments.Application.Events;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.SqlServer;

namespace Payments.Infrastructure.Events.Verification;

/// <summary>Recomputes the chain of the event record, and compares each event with the rows that it stands for.</summary>
/// <remarks>It reads a bounded part at a time, so the service can keep writing. A row that changes during the verification is read again before it counts as a difference.</remarks>
public sealed class EventVerification
{
    private const int RangeSize = 200;
    private const int PageSize = 5000;
    private const int EntryPageSize = 1000;

    private readonly IDatabase _database;
    private readonly ISqlDialect _dialect;
    private readonly EventSealing _sealing;
    private readonly bool _isSqlite;

    /// <summary>Before a difference is reported, its rows are read again after these delays, because they may have changed between two reads.</summary>
    internal IReadOnlyList<int> DelaysInMilliseconds { get; init; } = [0, 10, 50, 100, 250, 500];

    internal EventVerification(IDatabase database, ISqlDialect dialect, EventSealing sealing, IOptions<DatabaseOptions> options) =>
        (_database, _dialect, _sealing, _isSqlite) = (database, dialect, sealing, options.Value.IsSqlite);

    /// <summary>Verifies the events that exist when the verification starts, and the rows of all tables that the record covers.</summary>
    /// <param name="checkpoint">An earlier state of the record that somebody kept; null if there is none.</param>
    /// <param name="progress">Called with the name of the rows, how many are verified, and the part of them; null if their number is unknown.</param>
    /// <param name="stop">Stops the verification.</param>
    /// <returns>The verified state of the record, and the first difference; null if there is none.</returns>
    /// <exception cref="UnavailableException">The database did not respond.</exception>
    public async Task<(EventRecord? Record, EventDifference? Difference)> VerifyAsync(EventRecord? checkpoint, Action<string, long, double?> progress, CancellationToken stop)
    {
        if (!_isSqlite)
        {
            await _sealing.SealAsync(stop);
        }

        var records = await _database.QueryAsync<RecordRow>(EventSql.FindRecord, null, stop);
        if (records is not [var row])
        {
            return (null, new(null, "table event_record", "number", $"The table must have one row, and has {records.Count}."));
        }

        var record = new EventRecord(row.Store, row.Epoch, row.Position, row.Hash ?? EventHead.Empty.Hash);
        return (record,
            (checkpoint is null ? null : await CompareAsync(checkpoint, record, stop))
            ?? await VerifyServiceAsync(stop)
            ?? await VerifyEventsAsync(record.Position, progress, stop)
            ?? await FindRowsWithoutEventAsync(progress, stop)
            ?? await VerifyEntriesAsync(progress, stop));
    }

    private async Task<EventDifference?> CompareAsync(EventRecord checkpoint, EventRecord record, CancellationToken stop)
    {
        if (checkpoint.Store != record.Store)
        {
            return new(null, "the database", "store", $"The checkpoint is of the database {checkpoint.Store}. This is the database {record.Store}.");
        }

        if (checkpoint.Position > record.Position)
        {
            return new(
                record.Position + 1, "the event record", "position",
                $"The checkpoint has {checkpoint.Position} events. The record now ends at {record.Position}, so the later events are gone."
                + (checkpoint.Epoch == record.Epoch ? "" : $" Since the checkpoint, a backup was restored: the epoch was {checkpoint.Epoch} and is {record.Epoch}."));
        }

        var hash = checkpoint.Position == 0 ? EventHead.Empty.Hash
            : await _database.QueryAsync<byte[]>(VerificationSql.FindHash, new { checkpoint.Position }, stop) is [var found] ? found
            : null;
        return hash.AsSpan().SequenceEqual(checkpoint.Hash) ? null
            : new(checkpoint.Position, "the event record", "hash", "The hash is not the one in the checkpoint, so this event or an earlier one was replaced.");
    }

    private async Task<EventDifference?> VerifyServiceAsync(CancellationToken stop)
    {
        var found = await _database.QueryAsync<ActorRow>(VerificationSql.FindService, null, stop);
        return found is [{ Kind: (int)ActorKind.Service } service] && service.Name == Actor.Service.Name
            ? null : new(null, "table actors", "sequence", $"The actor with the sequence 1 is not {Actor.Service}.");
    }

    private async Task<EventDifference?> VerifyEventsAsync(long last, Action<string, long, double?> progress, CancellationToken stop)
    {
        var head = EventHead.Empty;
        while (head.Position < last)
        {
            var (next, found) = await ReadAsync(head, Math.Min(head.Position + RangeSize, last), stop);
            foreach (var delay in DelaysInMilliseconds.TakeWhile(_ => found is not null))
            {
                await Task.Delay(delay, stop);
                (next, found) = await ReadAsync(next, next.Position + 1, stop);
            }

            if (found is not null)
            {
                var statement = found.Difference.Field is "hash" or "fingerprints" ? null
                    : found.Payment is not null ? VerificationSql.OfPayment
                    : found.Webhook is not null ? VerificationSql.OfWebhook
                    : null;
                return statement is null ? found.Difference : await FindFieldAsync(statement, (found.Payment ?? found.Webhook)!.Value, stop) ?? found.Difference;
            }

            head = next;
            progress("event", head.Position, (double)head.Position / last);
        }

        return null;
    }

    /// <summary>Verifies the events after the head up to a position.</summary>
    /// <returns>The last event without a difference, and the difference after it.</returns>
    private async Task<(EventHead Head, Found? Found)> ReadAsync(EventHead head, long through, CancellationToken stop)
    {
        var range = await _database.ReadAsync(
            VerificationSql.Range, new { After = head.Position, Through = through }, (reader, token) => ReadRangeAsync(reader, head, through, token), stop);
        if (range.Created.Count == 0)
        {
            return (range.Head, range.Found);
        }

        var missing = await _database.QueryAsync<long>(VerificationSql.MissingEntries(_dialect), new { Entries = JsonSerializer.Serialize(range.Created.SelectMany(created => created.Entries)) }, stop);
        var incomplete = range.Created.FirstOrDefault(created => missing.Contains(created.Payment));
        return incomplete is null
            ? (range.Head, range.Found)
            : (incomplete.Before, new(new(incomplete.Before.Position + 1, incomplete.Subject, "payment_metadata", "An entry of the metadata index is missing."), incomplete.Payment, null));
    }

    private static async Task<Range> ReadRangeAsync(DbDataReader reader, EventHead head, long through, CancellationToken stop)
    {
        var rows = await ReadRowsAsync(reader, stop);
        var created = new List<Created>();
        while (await reader.ReadAsync(stop))
        {
            var recorded = new RecordedEvent(new StoredColumns(reader));
            if (recorded.Position != head.Position + 1)
            {
                break;
            }

            try
            {
                var before = head;
                var next = recorded.Check(rows, before)!;
                if (recorded.IsFirstOfPayment)
                {
                    var payment = rows.Payments[recorded.Payment!.Value];
                    var entries = payment.IndexEntries().Select(hash => new Entry(payment.Sequence, Convert.ToHexString(hash))).ToList();
                    if (entries.Count > 0)
                    {
                        created.Add(new(payment.Sequence, before, recorded.Subject, entries));
                    }
                }

                head = next;
            }
            catch (DifferenceException e)
            {
                return new(head, new(new(recorded.Position, recorded.Subject, e.Field, e.Message), recorded.Payment, recorded.Webhook), created);
            }
        }

        return new(
            head,
            head.Position == through ? null : new(new(head.Position + 1, "the event record", "event.position", "The event is missing."), null, null),
            created);
    }

    private static async Task<RecordedRows> ReadRowsAsync(DbDataReader reader, CancellationToken stop)
    {
        var rows = new RecordedRows([], []);
        await ReadAsync(row =>
        {
            var payment = new RecordedPayment(row);
            rows.Payments[payment.Sequence] = payment;
        });
        await ReadAsync(row => rows.Payments.GetValueOrDefault(row.Number())?.Adjustments.Add(new(row.Number(), row.Text(), row.Time(), row.Text(), row.Text())));
        await ReadAsync(row => rows.Payments.GetValueOrDefault(row.Number())?.Events.Add(Event(row)));
        await ReadAsync(row =>
        {
            var webhook = new RecordedWebhook(row);
            rows.Webhooks[webhook.Sequence] = webhook;
        });
        await ReadAsync(row => rows.Webhooks.GetValueOrDefault(row.Number())?.Events.Add(Event(row)));
        return rows;

        async Task ReadAsync(Action<StoredColumns> add)
        {
            while (await reader.ReadAsync(stop))
            {
                add(new StoredColumns(reader));
            }

            await reader.NextResultAsync(stop);
        }

        static RecordedPayment.Event Event(StoredColumns row) =>
            new(row.NumberOrNull(), (EventKind)row.IntOrNull()!, row.Number(), row.NumberOrNull(), row.TextOrNull());
    }

    // A value that does not follow from the adjustments or the changes has its reason in one of these, if a fingerprint of theirs differs, too.
    private Task<EventDifference?> FindFieldAsync(string statement, long subject, CancellationToken stop) => _database.ReadAsync(
        statement,
        new { Subject = subject },
        async (reader, token) =>
        {
            var rows = await ReadRowsAsync(reader, token);
            EventDifference? first = null;
            while (await reader.ReadAsync(token))
            {
                var recorded = new RecordedEvent(new StoredColumns(reader));
                if (Find(recorded, recorded.CheckOwnFields) is { } own)
                {
                    return own;
                }

                first ??= Find(recorded, () => recorded.Check(rows, null));
            }

            return first;
        },
        stop);

    private static EventDifference? Find(RecordedEvent recorded, Action check)
    {
        try
        {
            check();
            return null;
        }
        catch (DifferenceException e)
        {
            return new(recorded.Position, recorded.Subject, e.Field, e.Message);
        }
    }

    // The key is the sequence, except for adjustments, whose key is their payment.
    private async Task<EventDifference?> FindRowsWithoutEventAsync(Action<string, long, double?> progress, CancellationToken stop)
    {
        (string Name, string Table, string Statement)[] tables =
        [
            ("payment", "payments", VerificationSql.PaymentsWithoutEvent(_dialect)),
            ("adjustment", "payment_adjustments", VerificationSql.AdjustmentsWithoutPayment(_dialect)),
            ("account", "accounts", VerificationSql.AccountsWithoutEvent(_dialect)),
            ("connector", "connectors", VerificationSql.ConnectorsWithoutEvent(_dialect)),
            ("connector", "uninstalled_connectors", VerificationSql.UninstalledWithoutEvent(_dialect)),
            ("webhook", "webhooks", VerificationSql.WebhooksWithoutEvent(_dialect)),
        ];
        foreach (var (name, table, statement) in tables)
        {
            var (count, after) = (0L, long.MinValue);
            while (true)
            {
                var page = await PageAsync(after);
                // The row and its event are one transaction, but a database without snapshots can show the row first.
                foreach (var delay in DelaysInMilliseconds.TakeWhile(_ => page.Missing is not null))
                {
                    await Task.Delay(delay, stop);
                    page = await PageAsync(after);
                }

                if (page.Missing is { } missing)
                {
                    return await DescribeAsync(table, missing, stop);
                }

                if (page.Last is not { } last)
                {
                    break;
                }

                (count, after) = (count + page.Count, last);
                progress(name, count, null);
            }

            async Task<Page> PageAsync(long start) => (await _database.QueryAsync<Page>(statement, new { After = start, Take = PageSize }, stop))[0];
        }

        return null;
    }

    private async Task<EventDifference> DescribeAsync(string table, long key, CancellationToken stop)
    {
        if (table == "payment_adjustments")
        {
            return new(null, $"payment with the sequence {key}", table, "An adjustment belongs to a payment that does not exist.");
        }

        var subject = $"{table.TrimEnd('s').Replace('_', ' ')} with the sequence {key}";
        if (table == "payments" && await _database.QueryAsync<PaymentRow>(VerificationSql.FindPayment, new { Sequence = key }, stop) is [var row])
        {
            subject = RecordedEvent.PaymentSubject(key, row.Provider, row.ConnectorReference, row.Reference, row.Type);
        }

        return new(null, subject, table, "No event records this row.");
    }

    private async Task<EventDifference?> VerifyEntriesAsync(Action<string, long, double?> progress, CancellationToken stop)
    {
        var total = (await _database.QueryAsync<long>(VerificationSql.CountEntries, null, stop))[0];
        var (hash, at, payment, count) = (Array.Empty<byte>(), DateTime.MinValue, long.MinValue, 0L);
        var statement = VerificationSql.EntriesAfter(_dialect);
        while (true)
        {
            var page = await _database.ReadAsync(statement, new { Hash = hash, At = at, Payment = payment, Take = EntryPageSize }, ReadEntriesAsync, stop);
            foreach (var entry in page)
            {
                var found = Check(entry);
                foreach (var delay in DelaysInMilliseconds.TakeWhile(_ => found is not null && entry.Utc is not null))
                {
                    await Task.Delay(delay, stop);
                    var again = await _database.ReadAsync(VerificationSql.FindEntry, new { entry.Hash, At = entry.Utc, entry.Payment }, ReadEntriesAsync, stop);
                    found = again is [var same] ? Check(same) : null;
                }

                if (found is not null)
                {
                    return found;
                }

                (hash, at, payment) = (entry.Hash, entry.Utc!.Value, entry.Payment);
            }

            if (page.Count < EntryPageSize)
            {
                return null;
            }

            count += page.Count;
            progress("metadata index row", count, (double)count / total);
        }
    }

    private static async Task<List<IndexEntry>> ReadEntriesAsync(DbDataReader reader, CancellationToken stop)
    {
        var entries = new List<IndexEntry>();
        while (await reader.ReadAsync(stop))
        {
            var row = new StoredColumns(reader);
            entries.Add(new(row.Bytes()!, row.Time(), row.Number(), row.Time(), row.TextOrNull()));
        }

        return entries;
    }

    private static EventDifference? Check(IndexEntry entry)
    {
        try
        {
            DifferenceException.ThrowIf(entry.Metadata is null, "payment", "The payment does not exist.");
            DifferenceException.ThrowIf(entry.Utc is null || !Equals(entry.CreatedAt, entry.PaymentCreatedAt), "created_at");
            var metadata = RecordedPayment.ReadMetadata("metadata", entry.Metadata!);
            DifferenceException.ThrowIf(
                !metadata.Entries.Any(pair =>
                    entry.Hash.AsSpan().SequenceEqual(MetadataEntry.OfKey(pair.Key)) || entry.Hash.AsSpan().SequenceEqual(MetadataEntry.Of(pair.Key, pair.Value))),
                "entry_hash");
            return null;
        }
        catch (DifferenceException e)
        {
            return new(null, $"metadata index entry of the payment with the sequence {entry.Payment}", e.Field, e.Message);
        }
    }

    private sealed record Range(EventHead Head, Found? Found, List<Created> Created);

    private sealed record Found(EventDifference Difference, long? Payment, long? Webhook);

    private sealed record Created(long Payment, EventHead Before, string Subject, List<Entry> Entries);

    /// <summary>An entry that the metadata index must have. The names are those of <see cref="ISqlDialect.Entries"/>.</summary>
    private sealed record Entry(
        [property: System.Text.Json.Serialization.JsonPropertyName("payment")] long Payment, [property: System.Text.Json.Serialization.JsonPropertyName("hash")] string Hash);

    private sealed record IndexEntry(byte[] Hash, object? CreatedAt, long Payment, object? PaymentCreatedAt, string? Metadata)
    {
        public DateTime? Utc { get; } = Parse(CreatedAt);

        private static DateTime? Parse(object? time)
        {
            try
            {
                return StoredColumns.ToUtc("created_at", time);
            }
            catch (DifferenceException)
            {
                return null;
            }
        }
    }

    private sealed class RecordRow
    {
        public required string Store { get; init; }
        public required string Epoch { get; init; }
        public required long Position { get; init; }
        public byte[]? Hash { get; init; }
    }

    private sealed class ActorRow
    {
        public required int Kind { get; init; }
        public required string Name { get; init; }
    }

    private sealed class PaymentRow
    {
        public string? Provider { get; init; }
        public string? ConnectorReference { get; init; }
        public required string Reference { get; init; }
        public required string Type { get; init; }
    }

    private sealed class Page
    {
        public required long Count { get; init; }
        public long? Last { get; init; }
        public long? Missing { get; init; }
    }
}
