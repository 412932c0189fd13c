using System.Collections.Concurrent;
using Payments.Application.Events;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Events;

/// <summary>A change for the record.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Revision">The number of changes of the payment, account, connector or webhook before this one.</param>
/// <param name="Number">The number of the payment's adjustments after the change; null for other events.</param>
/// <param name="Changes">What the change overwrites.</param>
/// <param name="Rows">The fields of the rows that the event stands for, and of whose they are.</param>
internal sealed record RecordedChange(EventKind Kind, int Revision, int? Number, FieldChanges Changes, EventDigest Rows);

/// <summary>Writes each change with its event, in one transaction. The actor and the trace are those of the caller.</summary>
internal sealed class EventWriter(IDatabase database, TimeProvider clock)
{
    private const int MaxKnownActors = 10_000;

    // The schema script adds the service.
    private readonly ConcurrentDictionary<Actor, long> _actors = new([KeyValuePair.Create(Actor.Service, 1L)]);

    /// <inheritdoc cref="IDatabase.WriteAsync"/>
    public async Task<int> WriteAsync(string statements, object parameters, RecordedChange change, CancellationToken cancellationToken)
    {
        var actor = CurrentActor.Value;
        if (!_actors.TryGetValue(actor, out var actorSequence))
        {
            actorSequence = await FindOrAddAsync(actor, cancellationToken);
        }

        var at = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var traceId = TraceId();
        var changes = change.Changes.ToJson();
        AddTo(change.Rows, change.Kind, change.Revision, change.Number, at, actor, traceId, changes);
        var (digest, fingerprints) = change.Rows.Complete();
        var newEvent = new NewEvent
        {
            EventKind = (int)change.Kind,
            EventRevision = change.Revision,
            EventNumber = change.Number,
            EventAt = at,
            Actor = actorSequence,
            TraceId = traceId,
            Changes = changes,
            Fingerprints = fingerprints,
            Hash = digest,
        };
        return await database.WriteAsync(statements, parameters, newEvent, cancellationToken);
    }

    /// <summary>Adds the event's own fields after those of its rows.</summary>
    public static void AddTo(EventDigest digest, EventKind kind, int revision, int? number, long at, Actor actor, byte[]? traceId, string? changes)
    {
        digest.Add("type", (long)kind);
        digest.Add("revision", revision);
        digest.Add("number", number ?? -1);
        digest.Add("time", at);
        digest.Add("actor", actor.ToString());
        digest.Add("traceid", traceId);
        digest.Add("changes", changes);
    }

    private static byte[]? TraceId()
    {
        if (Activity.Current?.TraceId is not { } id || id == default)
        {
            return null;
        }

        var bytes = new byte[16];
        id.CopyTo(bytes);
        return bytes;
    }

    private async Task<long> FindOrAddAsync(Actor actor, CancellationToken cancellationToken)
    {
        var parameters = new { Kind = (int)actor.Kind, actor.Name };
        var found = await database.QueryAsync<long>(ActorSql.Find, parameters, cancellationToken);
        if (found.Count == 0)
        {
            try
            {
                await database.WriteAsync(ActorSql.Add, parameters, cancellationToken);
            }
            catch (DuplicateKeyException)
            {
                // Another request was first.
            }

            found = await database.QueryAsync<long>(ActorSql.Find, parameters, cancellationToken);
        }

        if (_actors.Count >= MaxKnownActors)
        {
            _actors.Clear();
        }

        return _actors[actor] = found[0];
    }
}

internal static class ActorSql
{
    public const string Add = "INSERT INTO actors (kind, name) VALUES (@Kind, @Name);";
    public const string Find = "SELECT a.sequence FROM actors AS a WHERE a.kind = @Kind AND a.name = @Name;";
}
