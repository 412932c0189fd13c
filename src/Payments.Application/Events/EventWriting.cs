using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Payments.Application.Payments;

namespace Payments.Application.Events;

/// <summary>Writes events as JSON. An old event has the same bytes for ever, because it is written as it was after its change.</summary>
public static class EventWriting
{
    /// <summary>The max size of an event's data. Larger data leave out the metadata.</summary>
    public const int MaxDataBytes = 20_000;

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the event in the JSON format of CloudEvents 1.0.</summary>
    public static void WriteCloudEvent(this StoredEvent stored, EventRecord record, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, Json);
        json.WriteStartObject();
        json.WriteString("specversion", "1.0");
        json.WriteString("id", $"{stored.Position}");
        json.WriteString("source", $"/payments/{record.Store}/{record.Epoch}");
        json.WriteString("type", WireName<EventKind>.Of(stored.Kind));
        json.WriteString("time", stored.Time());
        json.WriteString("subject", stored.Payment?.Id.ToString() ?? stored.Subject!.Id);
        json.WriteString("datacontenttype", "application/json");
        json.WriteString("actor", stored.Actor.ToString());
        json.WriteString("epoch", record.Epoch);
        if (stored.TraceId is not null)
        {
            json.WriteString("traceid", stored.TraceId);
        }

        json.WritePropertyName("data");
        json.WriteRawValue(stored.Data(), skipInputValidation: true);
        json.WriteEndObject();
    }

    /// <summary>The time of the change: RFC 3339 in UTC.</summary>
    public static string Time(this StoredEvent stored) => new Instant(stored.At).ToString();

    /// <summary>The data of the event, a JSON object.</summary>
    public static ReadOnlySpan<byte> Data(this StoredEvent stored)
    {
        var data = Data(stored, isTruncated: false);
        return data.Length <= MaxDataBytes ? data : Data(stored, isTruncated: true);
    }

    private static ReadOnlySpan<byte> Data(StoredEvent stored, bool isTruncated)
    {
        var data = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(data, Json))
        {
            json.WriteStartObject();
            if (isTruncated)
            {
                json.WriteBoolean("truncated", true);
            }

            var changes = stored.Changes;
            if (stored.Payment is { } payment)
            {
                changes = WritePayment(json, stored, payment, isTruncated);
            }
            else
            {
                WriteSubject(json, stored, isTruncated);
            }

            WriteChanges(json, changes, isTruncated);
            json.WriteEndObject();
        }

        return data.WrittenSpan;
    }

    private static FieldChanges WritePayment(Utf8JsonWriter json, StoredEvent stored, StoredPayment payment, bool isTruncated)
    {
        var after = payment.AsOf(stored.Number!.Value);
        json.WriteStartObject("payment");
        json.WriteString("id", payment.Id.ToString());
        json.WriteString("reference", payment.Reference);
        json.WriteString("sourceAccountID", Text("sourceAccountID", payment.SourceAccountId ?? ""));
        json.WriteString("destinationAccountID", Text("destinationAccountID", payment.DestinationAccountId ?? ""));
        json.WriteString("connectorID", payment.ConnectorId.ToString());
        json.WriteString("provider", payment.ConnectorId.Provider.ContractName);
        json.WriteString("type", payment.Type);
        json.WriteString("status", WireName<PaymentStatus>.Of(after.Status));
        WriteAmount(json, "initialAmount", after.InitialAmount);
        WriteAmount(json, "amount", after.Amount);
        json.WriteString("scheme", Text("scheme", payment.Scheme));
        json.WriteString("asset", payment.Asset);
        json.WriteString("createdAt", after.CreatedAt.ToString());
        if (!isTruncated)
        {
            WriteMetadata(json, payment.Metadata, stored.Overwritten);
        }

        json.WriteEndObject();
        if (stored.Kind == EventKind.PaymentUpdated)
        {
            return stored.Changes;
        }

        var adjustment = after.LastAdjustment;
        json.WriteStartObject("adjustment");
        json.WriteString("reference", adjustment.Reference.Text);
        json.WriteString("createdAt", adjustment.CreatedAt.ToString());
        json.WriteString("status", WireName<PaymentStatus>.Of(adjustment.Status));
        WriteAmount(json, "amount", adjustment.Amount);
        json.WriteEndObject();
        return stored.Kind == EventKind.PaymentCreated ? stored.Changes : WithDerived(stored.Changes, payment.AsOf(stored.Number.Value - 1), after);

        string Text(string field, string now) => stored.Overwritten.TryGetValue(field, out var then) ? (string)then! : now;
    }

    // What follows from the history is not stored with the event.
    private static FieldChanges WithDerived(FieldChanges stored, Payment before, Payment after)
    {
        var changes = new FieldChanges();
        foreach (var (field, change) in stored)
        {
            changes.Add(field, change);
        }

        changes.Compare("status", WireName<PaymentStatus>.Of(before.Status), WireName<PaymentStatus>.Of(after.Status));
        changes.Compare("createdAt", before.CreatedAt.ToString(), after.CreatedAt.ToString());
        changes.Compare("initialAmount", Number(before.InitialAmount), Number(after.InitialAmount));
        changes.Compare("amount", Number(before.Amount), Number(after.Amount));
        return changes;

        static JsonNode? Number(MinorUnits amount) => JsonNode.Parse(amount.ToString());
    }

    private static void WriteSubject(Utf8JsonWriter json, StoredEvent stored, bool isTruncated)
    {
        var subject = stored.Subject!;
        json.WriteStartObject(subject.Name);
        foreach (var (member, now) in subject.Members)
        {
            if (member == "metadata" && isTruncated)
            {
                continue;
            }

            json.WritePropertyName(member);
            var then = stored.Overwritten.GetValueOrDefault(member, now);
            if (then is null)
            {
                json.WriteNullValue();
            }
            else
            {
                then.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteChanges(Utf8JsonWriter json, FieldChanges changes, bool isTruncated)
    {
        var shown = changes.Where(change => !isTruncated || !change.Key.Contains("etadata", StringComparison.Ordinal)).ToList();
        if (shown.Count == 0)
        {
            return;
        }

        json.WriteStartObject("changes");
        foreach (var (field, change) in shown)
        {
            json.WriteStartObject(field);
            WriteNode(json, "from", change.From);
            WriteNode(json, "to", change.To);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteNode(Utf8JsonWriter json, string name, JsonNode? node)
    {
        json.WritePropertyName(name);
        if (node is null)
        {
            json.WriteNullValue();
        }
        else
        {
            node.WriteTo(json);
        }
    }

    // In ordinal order, because the stored order changes with edits.
    private static void WriteMetadata(Utf8JsonWriter json, string stored, IReadOnlyDictionary<string, JsonNode?> overwritten)
    {
        var entries = new SortedDictionary<string, string>(Metadata.FromJson(stored).Entries.ToDictionary(), StringComparer.Ordinal);
        foreach (var (field, value) in overwritten.Where(field => field.Key.StartsWith(PaymentChanges.Metadata, StringComparison.Ordinal)))
        {
            var key = field[PaymentChanges.Metadata.Length..];
            if (value is null)
            {
                entries.Remove(key);
            }
            else
            {
                entries[key] = (string)value!;
            }
        }

        json.WriteStartObject("metadata");
        foreach (var (key, value) in entries)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteAmount(Utf8JsonWriter json, string name, MinorUnits amount)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(amount.ToString(), skipInputValidation: true);
    }
}
