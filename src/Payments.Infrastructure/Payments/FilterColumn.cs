using System.Data;
using Payments.Domain;
using Payments.Domain.Payments;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Payments;

/// <summary>How a filterable field is read in SQL.</summary>
/// <param name="Column">The column of the payment <c>q</c>.</param>
/// <param name="Type">The type of the field's parameters.</param>
/// <param name="ToParameter">Converts a canonical value to a parameter's value.</param>
/// <param name="Rank">How many rows an index lookup of one value is likely to find; the lower the fewer.</param>
/// <param name="Condition">The condition on a row, where <c>{0}</c> is a comparison such as <c>IN (@F0)</c>; null for the column itself.</param>
internal sealed record FilterColumn(string Column, DbType Type, Func<string, object> ToParameter, int Rank, string? Condition = null)
{
    private static readonly FilterColumn Metadata = new("", DbType.Binary, _ => throw new NotSupportedException(), 4,
        "EXISTS (SELECT 1 FROM payment_metadata AS e WHERE e.entry_hash {0} AND e.created_at = q.created_at AND e.payment = q.sequence)");

    private static readonly Dictionary<PaymentField, FilterColumn> Fixed = new()
    {
        [PaymentField.Id] = new("q.id_hash", DbType.Binary, IdHash.Of, 1),
        [PaymentField.Reference] = new("q.reference", DbType.String, value => value, 2) { Lookup = "q.reference_start = SUBSTRING({0}, 1, 64) AND q.reference = {0}" },
        [PaymentField.CreatedAt] = new("q.created_at", DbType.DateTime2, value => Utc(value), 2),
        [PaymentField.SourceAccountId] = new("q.source_account_hash", DbType.Binary, IdHash.Of, 3, "(q.source_account_hash IS NOT NULL AND q.source_account_hash {0})"),
        [PaymentField.DestinationAccountId] = new("q.destination_account_hash", DbType.Binary, IdHash.Of, 3, "(q.destination_account_hash IS NOT NULL AND q.destination_account_hash {0})"),
        [PaymentField.Amount] = new("q.amount", DbType.AnsiString, Padded, 5) { IsAmount = true },
        [PaymentField.InitialAmount] = new("q.initial_amount", DbType.AnsiString, Padded, 5) { IsAmount = true },
        [PaymentField.ConnectorId] = new("q.connector", DbType.Binary, IdHash.Of, 7, "q.connector IN (SELECT d.sequence FROM connectors AS d WHERE d.id_hash {0})")
        {
            Lookup = "q.connector = (SELECT d.sequence FROM connectors AS d WHERE d.id_hash = {0})",
        },
        [PaymentField.Scheme] = new("q.scheme", DbType.AnsiString, value => value, 8),
        [PaymentField.Asset] = new("q.asset", DbType.AnsiString, value => value, 8),
        [PaymentField.Status] = new("q.status", DbType.AnsiString, value => value, 9),
        [PaymentField.Type] = new("q.type", DbType.AnsiString, value => value, 10),
        [PaymentField.Provider] = new("q.connector", DbType.AnsiString, value => value, 12, "q.connector IN (SELECT d.sequence FROM connectors AS d WHERE d.provider {0})")
        {
            Lookup = "q.connector IN (SELECT d.sequence FROM connectors AS d WHERE d.provider = {0})",
            LookupOrder = "q.connector",
        },
    };

    /// <summary>The condition by which an index finds one value, where <c>{0}</c> is its parameter; null for the column's equality.</summary>
    public string? Lookup { get; private init; }

    /// <summary>The order of the rows that <see cref="Lookup"/> finds; null for the list's own.</summary>
    public string? LookupOrder { get; private init; }

    /// <summary>Whether the parameter is an amount, which crosses as text.</summary>
    public bool IsAmount { get; private init; }

    public static FilterColumn Of(PaymentField field) => field is MetadataField metadata
        ? Metadata with { ToParameter = value => MetadataEntry.Of(metadata.Key, value) }
        : Fixed[field];

    public static DateTime Utc(string instant) => StoredValue.Read<Instant>(instant).Utc;

    private static string Padded(string amount) => MinorUnits.Restore(amount).ToPaddedString();
}
