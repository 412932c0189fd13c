namespace Payments.Application.Providers;

/// <summary>Reads a provider's report of past payments, a CSV file with a header. The references are those of the provider's webhooks,
/// so that both together record each payment and each refund once.</summary>
public interface IProviderReport
{
    /// <summary>The name of the format, such as <c>stripe-balance</c>.</summary>
    string Format { get; }
    /// <summary>The provider whose connectors can import it.</summary>
    Provider Provider { get; }

    /// <summary>Reads the records in a stream; the first one is the header. Columns are found by name, in any order.</summary>
    /// <param name="records">The records of the CSV file.</param>
    /// <param name="settings">The settings of the connector; null for none.</param>
    /// <param name="connector">The connector that the payments belong to.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="ValidationException">While the header is read: a column is missing or given twice. The exception names each of them.</exception>
    IAsyncEnumerable<ProviderReportLine> ReadAsync(
        IAsyncEnumerable<ReportRecord> records, ProviderSettings? settings, ConnectorId connector, CancellationToken cancellationToken);
}

/// <summary>A record of a CSV file, numbered from 1 for the header.</summary>
/// <param name="Number">The number.</param>
/// <param name="Cells">The cells.</param>
/// <param name="Error">Why the record cannot be read; it then has no cells.</param>
public sealed record ReportRecord(long Number, IReadOnlyList<string> Cells, string? Error = null);

/// <summary>The result of a record: commands, a kind that is no payment (<see cref="ProviderIgnored"/> with the provider's name of the
/// kind as its reason), or a rejection (<see cref="ProviderFailed"/>). Results can come a few lines late.</summary>
public sealed record ProviderReportLine(long Number, ProviderOutcome Outcome);
