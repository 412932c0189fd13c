using System.Data.Common;
using System.Diagnostics;
using System.Threading.Channels;
using Dapper;
using Microsoft.Data.Sqlite;
using Payments.Domain.Connectors;
using Payments.Infrastructure.Changes;
using Payments.Infrastructure.Connectors;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Sqlite;

namespace Payments.Bench;

/// <summary>
/// Fills a store as the service would, by its own repository and statements, but many payments a transaction and without a sync: what lies on
/// the disk at the end is the same, sooner.
/// </summary>
internal sealed class Fill(string file)
{
    private const int PaymentsOfATransaction = 20_000;

    private static readonly ConnectorId Connector = new(Provider.TryParse("stripe", out var stripe) ? stripe : throw new FormatException(), Guid.Parse("7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f"));

    /// <summary>Adds what is missing to so many payments; returns what they are and the bytes of the file.</summary>
    public async Task<(PaymentSample Sample, long Bytes)> ToAsync(long payments, Action<long> progress)
    {
        var sample = new PaymentSample(Connector.ToString());
        using (var database = new FillDatabase(file))
        {
            var events = new EventWriter(database, TimeProvider.System);
            // A connector without settings needs no keys.
            var connectors = new ConnectorRepository(database, events, null!);
            await connectors.AddAsync(new(Connector, ConnectorName.TryParse("bench", out var name) ? name : throw new FormatException(), new(DateTimeOffset.UtcNow)), null, default);
            var stored = database.Count();
            var repository = new PaymentRepository(database, new SqliteDialect(), events);
            var read = Channel.CreateBounded<Domain.Payments.Payment>(1000);
            var reading = Task.Run(async () =>
            {
                for (var number = stored; number < payments; number++)
                {
                    await read.Writer.WriteAsync(sample.Payment(number));
                }

                read.Writer.Complete();
            });
            var shown = Stopwatch.StartNew();
            await foreach (var payment in read.Reader.ReadAllAsync())
            {
                await repository.AddAsync(payment, default);
                if (++stored % PaymentsOfATransaction == 0)
                {
                    database.Commit();
                    if (shown.Elapsed.TotalSeconds > 5)
                    {
                        progress(stored);
                        shown.Restart();
                    }
                }
            }

            await reading;
        }

        return (sample, new FileInfo(file).Length);
    }

    private sealed class FillDatabase : IDatabase, IDisposable
    {
        private readonly SqliteConnection _connection;
        private readonly Dictionary<string, SqliteStatements> _statements = [];
        private EventHead _head;

        public FillDatabase(string file)
        {
            new DatabaseSchema(new SqliteFile($"Data Source={file}", Path.GetDirectoryName(file)!)).CreateIfMissing();
            _connection = new SqliteConnection($"Data Source={file};Foreign Keys=True;Pooling=False");
            _connection.Open();
            _connection.Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000; PRAGMA temp_store = MEMORY; BEGIN");
            _head = _connection.Query<(long Position, byte[] Hash)>(EventHeadSql.Find).Select(head => new EventHead(head.Position, head.Hash)).FirstOrDefault(EventHead.Empty);
        }

        public int MaxConcurrentWrites => 1;

        public long Count() => _connection.ExecuteScalar<long>("SELECT COALESCE(MAX(sequence), 0) FROM payments");

        public void Commit() => _connection.Execute("COMMIT; BEGIN");

        public Task<int> WriteAsync(string statements, object parameters, NewEvent? newEvent, CancellationToken cancellationToken)
        {
            var reader = SqliteParameters.Of(parameters, newEvent);
            var values = reader.Read(parameters, newEvent);
            if (!_statements.TryGetValue(statements, out var compiled))
            {
                _statements[statements] = compiled = new SqliteStatements(_connection.Handle!, statements, reader);
            }

            try
            {
                if (newEvent is null)
                {
                    return Task.FromResult(compiled.Run(values));
                }

                var next = _head.Next(newEvent.Hash);
                var rows = compiled.Run(SqliteParameters.With(next, values));
                _head = next; // every write adds something
                return Task.FromResult(rows);
            }
            catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_CONSTRAINT)
            {
                throw new DuplicateKeyException(e);
            }
        }

        public void Dispose()
        {
            _statements.Values.ToList().ForEach(statements => statements.Dispose());
            _connection.Execute("COMMIT; PRAGMA journal_mode = WAL;");
            _connection.Dispose();
        }

        public async Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken) =>
            (await _connection.QueryAsync<TRow>(statement, parameters)).AsList();

        public Task<T> ReadAsync<T>(
            string statement, object? parameters, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
