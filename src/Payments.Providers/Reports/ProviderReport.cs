using System.Runtime.CompilerServices;
using Payments.Providers.Values;

namespace Payments.Providers.Reports;

/// <summary>What all reports have in common: the header, and the result of a record.</summary>
/// <param name="columns">The columns that the report must have.</param>
internal abstract class ProviderReport(string format, string provider, params string[] columns) : IProviderReport
{
    private const char ByteOrderMark = '\uFEFF';

    public string Format => format;

    public Provider Provider { get; } = StoredValue.Read<Provider>(provider);

    public abstract IAsyncEnumerable<ProviderReportLine> ReadAsync(
        IAsyncEnumerable<ReportRecord> records, ProviderSettings? settings, ConnectorId connector, CancellationToken cancellationToken);

    /// <summary>Reads the header and returns the other records. Each can have another number of cells than the header; <see cref="Line"/> rejects it.</summary>
    protected async IAsyncEnumerable<(ReportRecord Record, ReportRow? Row)> RowsAsync(IAsyncEnumerable<ReportRecord> records, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Dictionary<string, int>? header = null;
        var width = 0;
        await foreach (var record in records.WithCancellation(cancellationToken))
        {
            if (header is null)
            {
                (header, width) = (ReadHeader(record.Cells), record.Cells.Count);
            }
            else
            {
                yield return (record, record.Error is null && record.Cells.Count == width ? new ReportRow(record.Number, header, record.Cells) : null);
            }
        }
    }

    /// <summary>Maps a record. A value that is missing or breaks its rule rejects it.</summary>
    protected static ProviderReportLine Line(ReportRecord record, ReportRow? row, Func<ReportRow, ProviderOutcome> map)
    {
        try
        {
            return new(record.Number, row is null ? new ProviderFailed(record.Error ?? "The record has another number of cells than the header.") : map(row));
        }
        catch (UnusableValueException e)
        {
            return new(record.Number, new ProviderFailed($"{e.Message}."));
        }
    }

    private Dictionary<string, int> ReadHeader(IReadOnlyList<string> cells)
    {
        var validation = new Validation();
        var header = new Dictionary<string, int>();
        foreach (var (index, cell) in cells.Index())
        {
            var name = cell.TrimStart(ByteOrderMark).Trim();
            if (!header.TryAdd(name, index))
            {
                validation.AddIf(columns.Contains(name), name, "must be only one column");
            }
        }

        foreach (var missing in columns.Where(column => !header.ContainsKey(column)))
        {
            validation.Add(missing, $"is a required column of {format} and is missing. Add it to the report");
        }

        validation.ThrowIfInvalid();
        return header;
    }
}
