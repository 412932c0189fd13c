using System.Text.Json.Nodes;
using Payments.Application.Events;
using Payments.Infrastructure.Changes;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Payments;

namespace Payments.Infrastructure.Events.Verification;

/// <summary>A payment's row with its adjustments and events, to undo its changes and to derive again what follows from them.</summary>
internal sealed class RecordedPayment
{
    private const string ReferenceStart = "reference_start";
    private static readonly RawJson NoRaw = new("{}");
    private static readonly string[] Details = ["scheme", "sourceAccountID", "destinationAccountID"];

    private readonly byte[] _idHash;
    private readonly string? _provider;
    private readonly string? _connectorReference;
    private readonly string _reference;
    private readonly string _referenceStart;
    private readonly string _type;
    private readonly string _scheme;
    private readonly string _asset;
    private readonly string? _sourceAccountId;
    private readonly byte[]? _sourceAccountHash;
    private readonly string? _destinationAccountId;
    private readonly byte[]? _destinationAccountHash;
    private readonly object? _createdAt;
    private readonly string _initialAmount;
    private readonly string _amount;
    private readonly string _status;
    private readonly string _metadata;
    private readonly string? _reportedMetadata;
    private readonly string? _editedMetadataKeys;
    private readonly long _revision;

    public RecordedPayment(StoredColumns row)
    {
        Sequence = row.Number();
        _idHash = row.Bytes()!;
        _provider = row.TextOrNull();
        _connectorReference = row.TextOrNull();
        _reference = row.Text();
        _referenceStart = row.Text();
        _type = row.Text();
        _scheme = row.Text();
        _asset = row.Text();
        _sourceAccountId = row.TextOrNull();
        _sourceAccountHash = row.Bytes();
        _destinationAccountId = row.TextOrNull();
        _destinationAccountHash = row.Bytes();
        _createdAt = row.Time();
        _initialAmount = row.Text();
        _amount = row.Text();
        _status = row.Text();
        _metadata = row.Text();
        _reportedMetadata = row.TextOrNull();
        _editedMetadataKeys = row.TextOrNull();
        _revision = row.Number();
    }

    public long Sequence { get; }
    public List<Adjustment> Adjustments { get; } = [];
    public List<Event> Events { get; } = [];

    /// <summary>Adds the payment as it was reported first.</summary>
    /// <returns>What contradicts the changes that were undone for that; null if nothing does.</returns>
    public DifferenceException? AddTo(EventDigest digest)
    {
        var (first, fault) = Undo();
        var id = Id();
        digest.AddPayment(
            id.ConnectorId.ToString(),
            id,
            (string)first["scheme"]!,
            _asset,
            (string)first["sourceAccountID"]!,
            (string)first["destinationAccountID"]!,
            Entries(first, PaymentChanges.Metadata).ToDictionary(entry => entry.Key, entry => (string)entry.Value!),
            Entries(first, PaymentChanges.ReportedMetadata).ToDictionary(entry => entry.Key, entry => (string)entry.Value!),
            Entries(first, PaymentChanges.EditedMetadataKeys).Select(entry => entry.Key));
        return fault;
    }

    /// <summary>Checks what follows from the recorded values.</summary>
    /// <exception cref="DifferenceException">A value does not follow.</exception>
    public void Check()
    {
        var id = Id();
        DifferenceException.ThrowIf(!_idHash.AsSpan().SequenceEqual(IdHash.Of(id)), "id_hash");
        DifferenceException.ThrowIf(!IsStart(_reference, _referenceStart), ReferenceStart);
        CheckAccount("source_account_hash", "sourceAccountID", _sourceAccountId, _sourceAccountHash);
        CheckAccount("destination_account_hash", "destinationAccountID", _destinationAccountId, _destinationAccountHash);
        CheckMetadata("metadata", _metadata);
        if (_reportedMetadata is not null)
        {
            CheckMetadata("reportedMetadata", _reportedMetadata);
        }

        if (_editedMetadataKeys is not null)
        {
            DifferenceException.ThrowIf(JsonSerializer.Serialize(EditedKeys()) != _editedMetadataKeys || EditedKeys().Length == 0, "editedMetadataKeys");
        }

        DifferenceException.ThrowIf(_reportedMetadata is null != _editedMetadataKeys is null, "reportedMetadata");
        CheckDerived(id);
    }

    /// <summary>The hashes of the entries that the metadata index must have.</summary>
    public IEnumerable<byte[]> IndexEntries() => Current().SelectMany(entry => (byte[][])[MetadataEntry.OfKey(entry.Key), MetadataEntry.Of(entry.Key, entry.Value)]);

    public PaymentId Id()
    {
        DifferenceException.ThrowIf(_provider is null, "connectorID", "The connector's row is missing.");
        return new(
            DifferenceException.Read("connectorID", () => ConnectorId.Restore(_provider!, _connectorReference!)),
            DifferenceException.Read("reference", () => StoredValue.Read<PaymentReference>(_reference)),
            DifferenceException.Read("type", () => WireName<PaymentType>.Parse(_type)));
    }

    // From the last change to the first. Each must have left the value that the next one, or the row, has.
    private (SortedDictionary<string, JsonNode?> First, DifferenceException? Fault) Undo()
    {
        var edited = EditedKeys();
        var state = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal)
        {
            ["scheme"] = _scheme,
            ["sourceAccountID"] = _sourceAccountId ?? "",
            ["destinationAccountID"] = _destinationAccountId ?? "",
        };
        AddEntries(PaymentChanges.Metadata, Current());
        AddEntries(PaymentChanges.ReportedMetadata, _reportedMetadata is null ? Current() : ReadMetadata("reportedMetadata", _reportedMetadata).Entries);
        foreach (var key in edited)
        {
            state[PaymentChanges.EditedMetadataKeys + key] = true;
        }

        var edits = edited.Length;
        DifferenceException? fault = null;
        foreach (var change in Events.Where(change => change.Changes is not null).Reverse())
        {
            var changes = DifferenceException.Read("event.changes", () => FieldChanges.FromJson(change.Changes));
            var isEdited = edits > 0;
            foreach (var (field, (from, to)) in changes)
            {
                Undo(field, from, to);
                // Without edits, the reported metadata is the current metadata, and only the latter is in the changes.
                if (!isEdited && field.StartsWith(PaymentChanges.Metadata, StringComparison.Ordinal))
                {
                    Undo(PaymentChanges.ReportedMetadata + field[PaymentChanges.Metadata.Length..], from, to);
                }

                edits -= field.StartsWith(PaymentChanges.EditedMetadataKeys, StringComparison.Ordinal) ? 1 : 0;
            }

            if (isEdited && edits == 0
                && !Entries(state, PaymentChanges.Metadata).SequenceEqual(Entries(state, PaymentChanges.ReportedMetadata), EntryComparer))
            {
                fault ??= new("reportedMetadata", DifferenceException.NotAsRecorded);
            }
        }

        if (edits > 0)
        {
            fault ??= new("editedMetadataKeys", DifferenceException.NotAsRecorded);
        }

        return (state, fault);

        void AddEntries(string prefix, IEnumerable<KeyValuePair<string, string>> entries)
        {
            foreach (var (key, value) in entries)
            {
                state[prefix + key] = value;
            }
        }

        void Undo(string field, JsonNode? from, JsonNode? to)
        {
            if (!JsonNode.DeepEquals(state.GetValueOrDefault(field), to))
            {
                fault ??= new(field, DifferenceException.NotAsRecorded);
            }

            if (from is not null)
            {
                state[field] = from;
            }
            else if (Details.Contains(field))
            {
                fault ??= new(field, DifferenceException.NotAsRecorded);
            }
            else
            {
                state.Remove(field);
            }
        }
    }

    private static IEqualityComparer<KeyValuePair<string, JsonNode?>> EntryComparer { get; } = EqualityComparer<KeyValuePair<string, JsonNode?>>.Create(
        (one, other) => one.Key == other.Key && JsonNode.DeepEquals(one.Value, other.Value));

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Entries(SortedDictionary<string, JsonNode?> state, string prefix) =>
        state.Where(field => field.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(field => KeyValuePair.Create(field.Key[prefix.Length..], field.Value));

    /// <summary>Checks that the payment has an event for each revision and one for each adjustment, in the order of the positions. Unsealed ones are the last.</summary>
    /// <exception cref="DifferenceException">An event or an adjustment is missing, or one too many.</exception>
    public void CheckEvents()
    {
        var (revision, number, position) = (0L, 0L, 0L);
        foreach (var recorded in Events)
        {
            DifferenceException.ThrowIf(recorded.Revision != revision, "revision", $"The event of revision {revision} is missing.");
            var kind = revision == 0 ? EventKind.PaymentCreated : recorded.Number == number ? EventKind.PaymentUpdated : EventKind.PaymentAdjusted;
            number += kind == EventKind.PaymentUpdated ? 0 : 1;
            DifferenceException.ThrowIf(recorded.Kind != kind, "event.type");
            DifferenceException.ThrowIf(recorded.Number != number, "event.number");
            DifferenceException.ThrowIf((recorded.Position ?? long.MaxValue) <= position, "event.position", "The event comes before an earlier change of the payment.");
            position = recorded.Position ?? position;
            revision++;
        }

        DifferenceException.ThrowIf(revision != _revision + 1, "revision", $"The payment has revision {_revision}, so it must have {_revision + 1} events, but the record has {revision}.");
        for (var i = 0; i < Math.Max(Adjustments.Count, number); i++)
        {
            DifferenceException.ThrowIf(
                i >= Adjustments.Count || Adjustments[i].Number != i + 1 || i >= number, "adjustments",
                $"The payment has {Adjustments.Count} adjustments, and its events record {number}.");
        }
    }

    private void CheckDerived(PaymentId id)
    {
        var adjustments = Adjustments.Select(adjustment => new PaymentAdjustment(
            DifferenceException.Read("adjustment.reference", () => StoredValue.Read<PaymentReference>(adjustment.Reference)),
            Instant.OfUtc(StoredColumns.ToUtc("adjustment.createdAt", adjustment.CreatedAt)),
            DifferenceException.Read("adjustment.status", () => WireName<PaymentStatus>.Parse(adjustment.Status)),
            DifferenceException.Read("adjustment.amount", () => MinorUnits.Restore(adjustment.Amount)),
            NoRaw)).ToList();
        var details = new PaymentDetails(
            DifferenceException.Read("scheme", () => WireName<PaymentScheme>.Parse(_scheme)), DifferenceException.Read("asset", () => StoredValue.Read<Asset>(_asset)), null, null);
        var derived = DifferenceException.Read(
            "adjustment.reference", () => Payment.Restore(id, details, new PaymentMetadata(Metadata.Empty), (int)_revision, adjustments));
        DifferenceException.ThrowIf(_status != WireName<PaymentStatus>.Of(derived.Status), "status");
        DifferenceException.ThrowIf(Padded(_initialAmount) != derived.InitialAmount.ToPaddedString(), "initialAmount");
        DifferenceException.ThrowIf(Padded(_amount) != derived.Amount.ToPaddedString(), "amount");
        DifferenceException.ThrowIf(StoredColumns.ToUtc("createdAt", _createdAt) != derived.CreatedAt.Utc, "createdAt");
    }

    private static void CheckAccount(string column, string field, string? id, byte[]? hash)
    {
        var account = id is null ? null : DifferenceException.Read(field, () => StoredValue.Read<AccountId>(id));
        DifferenceException.ThrowIf(account is not null && account.ToString() != id, field);
        DifferenceException.ThrowIf(!(account is null ? null : IdHash.Of(account)).AsSpan().SequenceEqual(hash) || account is null != hash is null, column);
    }

    /// <summary>Checks that a text of metadata is the text that the service writes for its entries.</summary>
    public static void CheckMetadata(string field, string json) =>
        DifferenceException.ThrowIf(ReadMetadata(field, json).ToJson() != json, field);

    public static Metadata ReadMetadata(string field, string json) => DifferenceException.Read(
        field, () => Metadata.FromJson(json) is { Entries: not null } metadata && metadata.Entries.Values.All(value => value is not null) ? metadata : throw new FormatException());

    // Only SQLite stores the zeros.
    private static string Padded(string amount) => amount.PadLeft(MinorUnits.MaxDigits, '0');

    // 64 characters. A SQL Server database whose collation does not know surrogate pairs counts each half of one.
    private static bool IsStart(string reference, string start) =>
        start == string.Concat(reference.EnumerateRunes().Take(64)) || (start == reference[..Math.Min(64, reference.Length)] && reference.Any(char.IsSurrogate));

    private IReadOnlyDictionary<string, string> Current() => ReadMetadata("metadata", _metadata).Entries;

    private string[] EditedKeys() => _editedMetadataKeys is null
        ? [] : DifferenceException.Read("editedMetadataKeys", () => JsonSerializer.Deserialize<string[]>(_editedMetadataKeys) ?? throw new FormatException());

    /// <summary>An adjustment without its raw.</summary>
    public sealed record Adjustment(long Number, string Reference, object? CreatedAt, string Status, string Amount);

    /// <summary>What the check of a payment needs of an event.</summary>
    public sealed record Event(long? Position, EventKind Kind, long Revision, long? Number, string? Changes);
}
