using System.Data;
using System.Data.Common;
using Payments.Domain.Events;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Events;
using Payments.Infrastructure.Sqlite;

namespace Payments.Infrastructure.Tests.Events;

internal sealed class EventReaderTests
{
    // The statements of a page see different moments. Of events that were added in between, some may be missing.
    [Test]
    public async Task ListAsync_EventsAddedAfterRecordWasRead_LeavesThemToNextPage()
    {
        var reader = new EventReader(new Database(recorded: 2, 1, 2, 4), new SqliteDialect(), new EventSignal());

        var page = await reader.ListAsync(0, 10, EventKind.PaymentCreated, default);
        Assert.That(page.Events.Select(e => e.Position), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(page.Position, Is.EqualTo(2));

        page = await reader.ListAsync(0, 3, EventKind.PaymentCreated, default);
        Assert.That((page.Events.Count, page.Position), Is.EqualTo((2, 2)), "the limit was reached, but not by events of this page");
    }

    /// <summary>Returns a record and a page of events of one connector.</summary>
    private sealed class Database(long recorded, params long[] positions) : IDatabase
    {
        public int MaxConcurrentWrites => 1;

        public Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<int> WriteAsync(string statements, object parameters, NewEvent? newEvent, CancellationToken cancellationToken) => throw new NotSupportedException();

        public async Task<T> ReadAsync<T>(string statement, object? parameters, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
        {
            var record = Table(("store", typeof(string)), ("epoch", typeof(string)), ("position", typeof(long)), ("hash", typeof(byte[])));
            record.Rows.Add("store", "epoch", recorded, new byte[32]);
            var events = Table(
                ("Position", typeof(long)), ("Kind", typeof(int)), ("Connector", typeof(long)), ("Revision", typeof(int)), ("At", typeof(long)), ("ActorKind", typeof(int)), ("ActorName", typeof(string)));
            foreach (var position in positions)
            {
                events.Rows.Add(position, (int)EventKind.ConnectorInstalled, 1L, 0, 0L, 5, "payments");
            }

            var connectors = Table(("Sequence", typeof(long)), ("Provider", typeof(string)), ("Reference", typeof(string)), ("Name", typeof(string)));
            connectors.Rows.Add(1L, "stripe", "7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f", "main");
            var (payments, webhooks, changes, accounts) = (Empty(), Empty(), Empty(), Empty());
            using var reader = new DataTableReader([record, events, payments, webhooks, changes, accounts, connectors]);
            return await read(reader, cancellationToken);
        }

        private static DataTable Empty() => Table(("Sequence", typeof(long)));

        private static DataTable Table(params (string Name, Type Type)[] columns)
        {
            var table = new DataTable();
            foreach (var (name, type) in columns)
            {
                table.Columns.Add(name, type);
            }

            return table;
        }
    }
}
