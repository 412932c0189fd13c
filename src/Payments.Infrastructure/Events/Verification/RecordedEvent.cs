using Payments.Infrastructure.Changes;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Events.Verification;

/// <summary>The rows whose first events are read with them, by their sequence.</summary>
internal sealed record RecordedRows(Dictionary<long, RecordedPayment> Payments, Dictionary<long, RecordedWebhook> Webhooks);

/// <summary>An event as it is stored, with the rows that it stands for.</summary>
internal sealed class RecordedEvent
{
    // Those of EventWriter.AddTo, which come after the fields of the rows.
    private const int OwnFields = 7;
    private const string Missing = "The row is missing.";

    private readonly EventKind _kind;
    private readonly long? _account;
    private readonly long? _connector;
    private readonly int _revision;
    private readonly int? _number;
    private readonly long _at;
    private readonly int? _actorKind;
    private readonly string? _actorName;
    private readonly byte[]? _traceId;
    private readonly string? _changes;
    private readonly byte[] _fingerprints;
    private readonly byte[] _hash;
    private readonly (byte[]? IdHash, string? Reference, string? Type, string? Provider, string? ConnectorReference) _payment;
    private readonly (string? Reference, object? CreatedAt, string? Status, string? Amount, string? Raw) _adjustment;
    private readonly AccountRow _accountRow;
    private readonly ConnectorRow _installed;
    private readonly ConnectorRow _uninstalled;
    private readonly long _connectorEvents;
    private readonly string? _webhookId;

    public RecordedEvent(StoredColumns row)
    {
        Position = row.NumberOrNull();
        _kind = (EventKind)row.IntOrNull()!;
        Payment = row.NumberOrNull();
        (_account, _connector, Webhook) = (row.NumberOrNull(), row.NumberOrNull(), row.NumberOrNull());
        (_revision, _number, _at) = (row.IntOrNull()!.Value, row.IntOrNull(), row.Number());
        (_actorKind, _actorName) = (row.IntOrNull(), row.TextOrNull());
        (_traceId, _changes, _fingerprints, _hash) = (row.Bytes(), row.TextOrNull(), row.Bytes()!, row.Bytes()!);
        _payment = (row.Bytes(), row.TextOrNull(), row.TextOrNull(), row.TextOrNull(), row.TextOrNull());
        _adjustment = (row.TextOrNull(), row.Time(), row.TextOrNull(), row.TextOrNull(), row.TextOrNull());
        _accountRow = new(
            row.Bytes(), row.TextOrNull(), row.TextOrNull(), row.TextOrNull(), row.TextOrNull(), row.TextOrNull(), row.TextOrNull(), row.Time(), row.TextOrNull(), row.TextOrNull());
        _installed = ConnectorRow.Read(row);
        _uninstalled = ConnectorRow.Read(row);
        _connectorEvents = row.Number();
        _webhookId = row.TextOrNull();
    }

    public long? Position { get; }
    public long? Payment { get; }
    public long? Webhook { get; }
    public bool IsFirstOfPayment => _kind == EventKind.PaymentCreated;

    /// <summary>Whose change it is, for a person.</summary>
    public string Subject => Payment is { } payment
        ? PaymentSubject(payment, _payment.Provider, _payment.ConnectorReference, _payment.Reference, _payment.Type)
        : _account is { } account ? $"account {_accountRow.Reference ?? $"with the sequence {account}"}"
        : _connector is { } connector ? $"connector {(_installed.Name ?? _uninstalled.Name) ?? $"with the sequence {connector}"}"
        : Webhook is { } webhook ? $"webhook endpoint {_webhookId ?? $"with the sequence {webhook}"}"
        : $"event of the kind {(long)_kind}";

    /// <summary>Names a payment by its reference and its id.</summary>
    public static string PaymentSubject(long sequence, string? provider, string? connector, string? reference, string? type)
    {
        try
        {
            var id = new PaymentId(ConnectorId.Restore(provider!, connector!), StoredValue.Read<PaymentReference>(reference!), WireName<PaymentType>.Parse(type!));
            return $"payment {reference} ({id})";
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NullReferenceException)
        {
            return $"payment {reference ?? "without a row"} (sequence {sequence})";
        }
    }

    /// <summary>Compares the event with its rows.</summary>
    /// <param name="rows">The rows of the payments and webhook endpoints whose first event this can be.</param>
    /// <param name="head">The event before; null to compare the fingerprints only, which depend on no other event.</param>
    /// <returns>This event.</returns>
    /// <exception cref="DifferenceException">A row, or the event itself, is not as it was recorded.</exception>
    public EventHead? Check(RecordedRows rows, EventHead? head)
    {
        var actor = Author();
        EventDigest digest;
        DifferenceException? undone;
        try
        {
            CheckSubject();
            (digest, undone) = OfRows(rows);
        }
        catch (DifferenceException)
        {
            // The reason can be that the event itself was changed, and points to another row now.
            CheckOwnFields();
            throw;
        }

        AddTo(digest, actor);
        var fields = digest.Fields;
        var (hash, fingerprints) = digest.Complete();
        var next = head?.Next(hash);
        if (head is null || !next!.Hash.AsSpan().SequenceEqual(_hash))
        {
            ThrowFirst(fields, fingerprints);
            DifferenceException.ThrowIf(
                head is not null, "hash",
                "The hash does not match, but all fingerprints do. The hash, or a field whose one-byte fingerprint is the same by chance, is not the recorded one.");
        }

        DifferenceException.ThrowIf(!fingerprints.AsSpan().SequenceEqual(_fingerprints), "fingerprints", DifferenceException.NotAsRecorded);
        if (head is not null)
        {
            CheckDerived(rows, undone);
        }

        return next;
    }

    /// <summary>Compares the fingerprints of the event's own fields.</summary>
    /// <exception cref="DifferenceException">A field is not as it was recorded.</exception>
    public void CheckOwnFields()
    {
        var own = new EventDigest();
        AddTo(own, Author());
        ThrowFirst(own.Fields, own.Complete().Fingerprints);
    }

    private Actor Author()
    {
        DifferenceException.ThrowIf(_actorName is null || !Enum.IsDefined((ActorKind)_actorKind!), "event.actor", Missing);
        var actor = new Actor((ActorKind)_actorKind!, _actorName!);
        DifferenceException.ThrowIf(actor.Name != _actorName, "event.actor", DifferenceException.NotAsRecorded);
        return actor;
    }

    private void AddTo(EventDigest digest, Actor actor) => EventWriter.AddTo(digest, _kind, _revision, _number, _at, actor, _traceId, _changes);

    // The event's own fields are the last ones.
    private void ThrowFirst(IReadOnlyList<string> fields, byte[] fingerprints)
    {
        var skipped = _fingerprints.Length - fingerprints.Length;
        DifferenceException.ThrowIf(skipped != 0 && fields.Count != OwnFields, "event.type", DifferenceException.NotAsRecorded);
        for (var i = 0; i < fingerprints.Length; i++)
        {
            var field = i >= fields.Count - OwnFields ? $"event.{fields[i]}" : fields[i] == "subject" ? "id_hash" : fields[i];
            DifferenceException.ThrowIf(i + skipped < 0 || fingerprints[i] != _fingerprints[i + skipped], field, DifferenceException.NotAsRecorded);
        }
    }

    // An event of one subject must not point to another one, too: the digest would not show that.
    private void CheckSubject()
    {
        var isPayment = _kind is EventKind.PaymentCreated or EventKind.PaymentAdjusted or EventKind.PaymentUpdated;
        DifferenceException.ThrowIf(isPayment == Payment is null, "event.payment", DifferenceException.NotAsRecorded);
        DifferenceException.ThrowIf(_kind == EventKind.AccountCreated == _account is null, "event.account", DifferenceException.NotAsRecorded);
        DifferenceException.ThrowIf(_kind is EventKind.ConnectorInstalled or EventKind.ConnectorUninstalled == _connector is null, "event.connector", DifferenceException.NotAsRecorded);
        DifferenceException.ThrowIf(
            _kind is EventKind.WebhookCreated or EventKind.WebhookUpdated or EventKind.WebhookDeleted or EventKind.WebhookDisabled == Webhook is null,
            "event.webhook", DifferenceException.NotAsRecorded);
    }

    // A further kind of subject is added here and in CheckDerived: its row joins the statement, and RowDigests has its fields.
    private (EventDigest Digest, DifferenceException? Undone) OfRows(RecordedRows rows)
    {
        switch (_kind)
        {
            case EventKind.PaymentCreated or EventKind.PaymentAdjusted or EventKind.PaymentUpdated:
                DifferenceException.ThrowIf(_payment.IdHash is null, "payments", Missing);
                var digest = RowDigests.OfPayment(_payment.IdHash!);
                DifferenceException? undone = null;
                if (_kind == EventKind.PaymentCreated)
                {
                    var created = rows.Payments[Payment!.Value];
                    created.CheckEvents(); // before its changes are undone
                    undone = created.AddTo(digest);
                }

                if (_kind != EventKind.PaymentUpdated)
                {
                    DifferenceException.ThrowIf(_adjustment.Reference is null, "payment_adjustments", Missing);
                    digest.AddAdjustment(
                        _adjustment.Reference!,
                        StoredColumns.ToUtc("adjustment.createdAt", _adjustment.CreatedAt),
                        _adjustment.Status!,
                        DifferenceException.Read("adjustment.amount", () => MinorUnits.Restore(_adjustment.Amount!)).ToString(),
                        _adjustment.Raw!);
                }

                return (digest, undone);
            case EventKind.AccountCreated:
                DifferenceException.ThrowIf(_accountRow.IdHash is null, "accounts", Missing);
                return (_accountRow.Digest(), null);
            case EventKind.ConnectorInstalled or EventKind.ConnectorUninstalled:
                DifferenceException.ThrowIf(_installed.IdHash is null && _uninstalled.IdHash is null, "connectors", Missing);
                return ((_installed.IdHash is null ? _uninstalled : _installed).Digest(_kind), null);
            case EventKind.WebhookCreated or EventKind.WebhookUpdated or EventKind.WebhookDeleted or EventKind.WebhookDisabled:
                DifferenceException.ThrowIf(_webhookId is null, "webhooks", Missing);
                var ofWebhook = RowDigests.OfWebhook(DifferenceException.Read("webhookID", () => StoredValue.Read<WebhookId>(_webhookId!)));
                if (_kind != EventKind.WebhookCreated)
                {
                    return (ofWebhook, null);
                }

                var webhook = rows.Webhooks[Webhook!.Value];
                webhook.CheckEvents();
                return (ofWebhook, webhook.AddTo(ofWebhook));
            default:
                throw new DifferenceException("event.type", "This version of the service does not record events of this kind.");
        }
    }

    private void CheckDerived(RecordedRows rows, DifferenceException? undone)
    {
        DifferenceException.ThrowIf(undone is not null, undone?.Field ?? "", undone?.Message ?? "");
        switch (_kind)
        {
            case EventKind.PaymentCreated:
                rows.Payments[Payment!.Value].Check();
                break;
            case EventKind.AccountCreated:
                DifferenceException.ThrowIf(_revision != 0, "event.revision");
                _accountRow.Check();
                break;
            case EventKind.ConnectorInstalled or EventKind.ConnectorUninstalled:
                DifferenceException.ThrowIf(_revision != (_kind == EventKind.ConnectorInstalled ? 0 : 1), "event.revision");
                DifferenceException.ThrowIf(
                    _installed.IdHash is not null && _uninstalled.IdHash is not null, "connectors", "The connector is both installed and uninstalled.");
                DifferenceException.ThrowIf(
                    _connectorEvents != (_installed.IdHash is null ? 2 : 1), "connectors",
                    _installed.IdHash is null ? "The connector is uninstalled, but no event records that." : "The connector is installed, but an event records that it was uninstalled.");
                (_installed.IdHash is null ? _uninstalled : _installed).Check();
                break;
            case EventKind.WebhookCreated:
                rows.Webhooks[Webhook!.Value].Check();
                break;
        }
    }

    private sealed record AccountRow(
        byte[]? IdHash, string? Provider, string? ConnectorReference, string? Reference, string? Type, string? Name, string? DefaultAsset, object? CreatedAt, string? Metadata, string? Raw)
    {
        public EventDigest Digest() => RowDigests.OfAccount(
            $"{Connector()}", Reference!, Type!, Name, DefaultAsset, StoredColumns.ToUtc("createdAt", CreatedAt), RecordedPayment.ReadMetadata("metadata", Metadata!).Entries, Raw!);

        public void Check()
        {
            var id = new AccountId(Connector(), DifferenceException.Read("reference", () => StoredValue.Read<AccountReference>(Reference!)));
            DifferenceException.ThrowIf(!IdHash.AsSpan().SequenceEqual(Database.IdHash.Of(id)), "id_hash");
            RecordedPayment.CheckMetadata("metadata", Metadata!);
        }

        private ConnectorId Connector()
        {
            DifferenceException.ThrowIf(Provider is null, "connectorID", "The connector's row is missing.");
            return DifferenceException.Read("connectorID", () => ConnectorId.Restore(Provider!, ConnectorReference!));
        }
    }

    private sealed record ConnectorRow(byte[]? IdHash, string? Provider, string? Reference, string? Name, string? NameKey, object? InstalledAt)
    {
        public static ConnectorRow Read(StoredColumns row) => new(row.Bytes(), row.TextOrNull(), row.TextOrNull(), row.TextOrNull(), row.TextOrNull(), row.Time());

        public EventDigest Digest(EventKind kind)
        {
            var digest = RowDigests.OfConnector($"{Id()}");
            if (kind == EventKind.ConnectorInstalled)
            {
                digest.AddInstallation(Name!, StoredColumns.ToUtc("installedAt", InstalledAt));
            }

            return digest;
        }

        public void Check()
        {
            DifferenceException.ThrowIf(Provider != Id().Provider.Id || Reference != $"{Id().Reference}", "connectorID");
            DifferenceException.ThrowIf(!IdHash.AsSpan().SequenceEqual(Database.IdHash.Of(Id())), "id_hash");
            DifferenceException.ThrowIf(NameKey != DifferenceException.Read("name", () => StoredValue.Read<ConnectorName>(Name!)).Key, "name_key");
        }

        private ConnectorId Id() => DifferenceException.Read("connectorID", () => ConnectorId.Restore(Provider!, Reference!));
    }
}
