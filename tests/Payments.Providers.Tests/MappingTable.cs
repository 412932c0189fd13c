namespace Payments.Providers.Tests;

/// <summary>A table of docs/providers.md, made by mapping an event for each row and rendering the outcome.</summary>
internal static class MappingTable
{
    private const string Document = "docs/providers.md";

    /// <summary>The columns of an outcome: the records, the reference, the amount and the time, with the name of each sample value.</summary>
    public static string Render(ProviderOutcome outcome, IReadOnlyDictionary<string, string> names) => outcome switch
    {
        ProviderCommands { Commands: [var command] } => Render(command, names),
        ProviderIgnored ignored => $"nothing: {ignored.Reason} | | | |",
        ProviderFailed failed => throw new ArgumentException(failed.Reason, nameof(outcome)),
        _ => throw new ArgumentException("Each row has one command.", nameof(outcome)),
    };

    /// <summary>Compares a table with the one in the document, between its header and the next empty line.</summary>
    public static void AssertDocumented(string header, IEnumerable<string> rows)
    {
        var lines = RepositoryFolder.Read(Document).Split('\n').SkipWhile(line => line != header).Skip(2).TakeWhile(line => line.Length > 0).ToList();
        var expected = rows.ToList();
        Assert.That(lines, Is.EqualTo(expected), () => $"{Document} must have this table:\n{header}\n{string.Join('\n', expected)}");
    }

    private static string Render(ProviderCommand command, IReadOnlyDictionary<string, string> names) => command.Command switch
    {
        CreatePaymentCommand create => $"{create.Type} {create.Status} | {names[create.Reference!]} | {names[create.Amount!]} | {names[create.CreatedAt!]} |",
        AdjustPaymentCommand adjust => $"{adjust.Status} | {(adjust.Reference is null ? "the payment's own" : names[adjust.Reference])} | {names[adjust.Amount!]} | {names[adjust.CreatedAt!]} |",
        FillPaymentDetailsCommand fill => $"scheme and {string.Join(", ", fill.Metadata.Keys.Select(key => $"`{key}`"))} of the payment | | | |",
        _ => throw new ArgumentException("An unknown command.", nameof(command)),
    };
}
