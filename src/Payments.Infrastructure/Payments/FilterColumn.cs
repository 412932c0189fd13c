using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Payments;

/// <summary>How SQL filters by a field.</summary>
/// <param name="Condition">Whether the payment <c>q</c> has one of the values <c>{0}</c>. Index keys are limited, so <c>{1}</c> has their first characters.</param>
/// <param name="Type">The type of the parameters.</param>
/// <param name="ToParameter">Converts a canonical value to the value of a parameter.</param>
/// <param name="Rank">How many rows SQLite is likely to find by an index for one value; lower means fewer.</param>
internal sealed record FilterColumn(string Condition, DbType Type, Func<string, object> ToParameter, int Rank)
{
    private const string Connectors = "q.connector IN (SELECT d.sequence FROM connectors AS d WHERE ";

    private static readonly Dictionary<PaymentField, FilterColumn> Columns = new()
    {
        [PaymentField.Id] = new("q.id_hash IN ({0})", DbType.Binary, IdHash.Of, 1),
        [PaymentField.Reference] = new("(q.reference_start IN ({1}) AND q.reference IN ({0}))", DbType.String, text => text, 2),
        [PaymentField.CreatedAt] = Ordered("q.created_at", DbType.DateTime2, instant => Utc(instant), 2),
        [PaymentField.SourceAccountId] = Nullable("q.source_account_hash"),
        [PaymentField.DestinationAccountId] = Nullable("q.destination_account_hash"),
        [PaymentField.Amount] = Ordered("q.amount", DbType.AnsiString, Padded, 5),
        [PaymentField.InitialAmount] = Ordered("q.initial_amount", DbType.AnsiString, Padded, 5),
        [PaymentField.ConnectorId] = new($"{Connectors}d.id_hash IN ({{0}}))", DbType.Binary, IdHash.Of, 7)
        {
            Lookup = "q.connector = (SELECT d.sequence FROM connectors AS d WHERE d.id_hash = {0})",
        },
        [PaymentField.Scheme] = Name("q.scheme", 8),
        [PaymentField.Asset] = Name("q.asset", 8),
        [PaymentField.Status] = Name("q.status", 9),
        [PaymentField.Type] = Name("q.type", 10),
        [PaymentField.Provider] = new($"{Connectors}d.provider IN ({{0}}))", DbType.AnsiString, text => text, 12) { LookupOrder = "q.connector" },
    };

    /// <summary>The column to compare; null for fields without an order.</summary>
    public string? Column { get; private init; }
    /// <summary>How SQLite finds the rows of one value in the list's order, if <see cref="Condition"/> does not.</summary>
    public string? Lookup { get; private init; }
    /// <summary>The order in which SQLite finds the rows of one value; null for the list's own.</summary>
    public string? LookupOrder { get; private init; }
    public bool IsAmount => Column is not null && Type == DbType.AnsiString;

    public static FilterColumn OfMetadataKey { get; } = new(
        "EXISTS (SELECT 1 FROM payment_metadata AS e WHERE e.entry_hash IN ({0}) AND e.created_at = q.created_at AND e.payment = q.sequence)",
        DbType.Binary, MetadataEntry.OfKey, 11);

    public static FilterColumn Of(PaymentField field) => field is MetadataField metadata
        ? OfMetadataKey with { ToParameter = value => MetadataEntry.Of(metadata.Key, value), Rank = 4 }
        : Columns[field];

    public static DateTime Utc(string instant) => StoredValue.Read<Instant>(instant).Utc;

    private static FilterColumn Name(string column, int rank) => new($"{column} IN ({{0}})", DbType.AnsiString, text => text, rank);

    // NULL IN (…) is unknown, and so is its opposite.
    private static FilterColumn Nullable(string column) => new($"({column} IS NOT NULL AND {column} IN ({{0}}))", DbType.Binary, IdHash.Of, 3);

    private static FilterColumn Ordered(string column, DbType type, Func<string, object> toParameter, int rank) =>
        new($"{column} IN ({{0}})", type, toParameter, rank) { Column = column };

    private static string Padded(string amount) => MinorUnits.Restore(amount).ToPaddedString();
}
