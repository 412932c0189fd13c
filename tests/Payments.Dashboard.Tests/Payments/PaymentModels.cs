using Payments.Application.Events;
using Payments.Application.Payments;
using Payments.Dashboard.Payments;
using Payments.Domain.Events;

namespace Payments.Dashboard.Tests.Payments;

internal static class PaymentModels
{
    public static DateTime At(int seconds) => Sample.Now.UtcDateTime.AddSeconds(seconds);

    /// <summary>A stored payment with the reference own, and its adjustments in the order of recording.</summary>
    public static StoredPayment Stored(params (string Reference, string Status, string Amount, DateTime CreatedAt)[] adjustments)
    {
        var stored = new StoredPayment
        {
            Sequence = 1,
            CreatedAt = adjustments[0].CreatedAt,
            Provider = "stripe",
            ConnectorReference = "7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f",
            Reference = "own",
            Type = "PAY-IN",
            Status = adjustments[^1].Status,
            InitialAmount = adjustments[0].Amount,
            Amount = adjustments[0].Amount,
            Scheme = "visa",
            Asset = "EUR/2",
            Metadata = "{}",
            Revision = adjustments.Length - 1,
        };
        foreach (var (reference, status, amount, createdAt) in adjustments)
        {
            stored.Recorded.Add(new() { Reference = reference, CreatedAt = createdAt, Status = status, Amount = amount, Raw = "{}" });
        }

        return stored;
    }

    public static StoredEvent Event(long position, EventKind kind, int number, int seconds, params (string Field, string? From, string? To)[] changes)
    {
        var fields = new FieldChanges();
        foreach (var (field, from, to) in changes)
        {
            fields.Compare(field, from, to);
        }

        return new()
        {
            Position = position,
            Kind = kind,
            Number = number,
            At = Sample.Now.AddSeconds(seconds),
            Actor = new Actor(ActorKind.User, "jane"),
            Changes = fields,
            Overwritten = new Dictionary<string, System.Text.Json.Nodes.JsonNode?>(),
        };
    }

    public static PaymentModel Model(StoredPayment stored, params StoredEvent[] events) => new(stored, null, events, [])
    {
        Adjustment = AdjustmentForm.New(stored, Sample.Now, TimeZoneInfo.Utc),
        MetadataForm = MetadataForm.Of(Domain.Metadata.Empty, stored.Version),
    };
}
