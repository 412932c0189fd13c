using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Events;

/// <summary>The parts of the statements that insert an event, for the repositories.</summary>
internal static class EventColumns
{
    public const string Names = "position, kind, revision, number, at, actor, trace_id, changes, fingerprints, hash";

    /// <summary>The parameters, which <see cref="NewEvent"/> has.</summary>
    public const string Values = "@Position, @EventKind, @EventRevision, @EventNumber, @EventAt, @Actor, @TraceId, @Changes, @Fingerprints, @Hash";
}
