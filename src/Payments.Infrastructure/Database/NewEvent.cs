using System.Security.Cryptography;

namespace Payments.Infrastructure.Database;

/// <summary>The event of a change, as parameters of the statement that inserts it: the last of the change's statements.</summary>
internal sealed record NewEvent
{
    /// <summary>SQLite's writer assigns it when it commits. On SQL Server it is null until <c>EventSealing</c> assigns it.</summary>
    public long? Position { get; init; }
    public required int EventKind { get; init; }
    public required int EventRevision { get; init; }
    public required int? EventNumber { get; init; }
    public required long EventAt { get; init; }
    public required long Actor { get; init; }
    public required byte[]? TraceId { get; init; }
    public required string? Changes { get; init; }
    public required byte[] Fingerprints { get; init; }
    /// <summary>The digest of the event; once it has a position, the hash of the chain.</summary>
    public required byte[] Hash { get; init; }
}

/// <summary>The position and the hash of the last event. Each hash depends on all events before it.</summary>
internal sealed record EventHead(long Position, byte[] Hash)
{
    public static EventHead Empty { get; } = new(0, new byte[SHA256.HashSizeInBytes]);

    public EventHead Next(byte[] digest) => new(Position + 1, SHA256.HashData([.. Hash, .. digest]));
}

internal static class EventHeadSql
{
    public const string Find = "SELECT e.position, e.hash FROM events AS e WHERE e.position = (SELECT MAX(last.position) FROM events AS last);";
}
