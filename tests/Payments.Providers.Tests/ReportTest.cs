namespace Payments.Providers.Tests;

/// <summary>Reads a report whose cells have no commas and no quotes.</summary>
internal static class ReportTest
{
    public static async Task<List<ProviderReportLine>> ReadAsync(IProviderReport report, ConnectorId connector, ProviderSettings? settings, params string[] lines)
    {
        var read = new List<ProviderReportLine>();
        await foreach (var line in report.ReadAsync(lines.Index().Select(line => new ReportRecord(line.Index + 1, line.Item.Split(','))).ToAsyncEnumerable(), settings, connector, default))
        {
            read.Add(line);
        }

        return read;
    }

    public static string? Reason(ProviderReportLine line) => (line.Outcome as ProviderFailed)?.Reason;

    public static CreatePaymentCommand Create(ProviderReportLine line) => (CreatePaymentCommand)((ProviderCommands)line.Outcome).Commands.Single().Command;
}
