using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Payments.Durability;

/// <summary>
/// A payment as the service must return it. Its texts are computed from its number and its changes, so every response is compared byte by
/// byte although no response is kept.
/// </summary>
internal readonly record struct Payment(int Number, bool IsSettled = false, int Refunds = 0, int Notes = 0)
{
    public const int MaxRefunds = 20;

    public const string ConnectorReference = "7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f";

    private const string Connector = $$"""{"Provider":"stripe","Reference":"{{ConnectorReference}}"}""";

    private static readonly DateTime Start = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static string ConnectorId { get; } = Encode(Connector);

    public string Reference => Number.ToString("D8", CultureInfo.InvariantCulture);

    public string Id => Encode($$"""{"ConnectorID":{{Connector}},"Reference":"{{Reference}}","Type":"{{Type}}"}""");

    public string Status => Refunds > 0 ? "REFUNDED" : IsSettled ? "SUCCEEDED" : "PENDING";

    /// <summary>The amount after refunds. Every seventh payment has as many digits as an amount can have.</summary>
    public Int128 Amount => InitialAmount - Refunds;

    public int Adjustments => 1 + (IsSettled ? 1 : 0) + Refunds;

    public int MetadataEntries => HasNote ? 3 : 2;

    /// <summary>The response to a GET of the payment.</summary>
    public string Response => $$"""{"data":{{Text}}}""";

    /// <summary>The payment as a line of an export.</summary>
    public string ExportedLine => Notes > 0 ? $$$"""{{{Text[..^1]}}},"reportedMetadata":{{{{ReportedMetadata}}}},"editedMetadataKeys":["note"]}""" : Text;

    /// <summary>The payment as an element of a list.</summary>
    public string Text =>
        $$$"""
        {"id":"{{{Id}}}","reference":"{{{Reference}}}","sourceAccountID":"{{{SourceAccountId}}}","destinationAccountID":"","connectorID":"{{{ConnectorId}}}",
        "provider":"STRIPE","type":"{{{Type}}}","status":"{{{Status}}}","initialAmount":{{{InitialAmount}}},"amount":{{{Amount}}},
        "scheme":"visa","asset":"USD/2","createdAt":"{{{Time(0)}}}","raw":{{{Raw}}},"adjustments":[{{{string.Join(',', History())}}}],
        "metadata":{{{{ReportedMetadata}}}{{{Note}}}}}
        """.ReplaceLineEndings("");

    private string Type => Number % 3 == 0 ? "PAYOUT" : "PAY-IN";

    private Int128 InitialAmount => Number % 7 == 0 ? Int128.Parse("99999999999999999999999999999900000000", CultureInfo.InvariantCulture) + Number : 1000 + Number;

    private string SourceAccountId => Number % 2 == 0 ? "" : Encode($$"""{"ConnectorID":{{Connector}},"Reference":"acc_{{Number % 100}}"}""");

    private string ReportedMetadata => $$"""
        "tenant":"t-{{Number % 20}}","order":"№ {{Number}}"
        """;

    // Of every three changes, one sets the note, one replaces it and one removes it.
    private bool HasNote => Notes % 3 != 0;

    private string Note => HasNote ? $$"""
        ,"note":"{{Notes}}"
        """ : "";

    // Parsing and writing this JSON again would change it. One payment in fifty has one that needs several database pages.
    private string Raw => $$"""{ "id" :"ch_{{Number}}", "e":"\u00e9\/", "n":1.50e+2 ,"text":"{{new string((char)('a' + (Number % 26)), Number % 50 == 0 ? 30_000 : 100)}}" }""";

    public Change Create() => new(null, new(Number), HttpMethod.Post, "payments", Report("PENDING", 0));

    /// <summary>The creation again, which changes nothing.</summary>
    public Change Replay() => Create() with { Before = this, After = this };

    /// <summary>A report of the payment's next status.</summary>
    public Change Settle() => new(this, this with { IsSettled = true }, HttpMethod.Post, "payments", Report("SUCCEEDED", 1));

    public Change Refund()
    {
        var after = this with { Refunds = Refunds + 1 };
        return new(this, after, HttpMethod.Post, $"payments/{Id}/adjustments", after.RefundText(after.Refunds));
    }

    public Change Annotate()
    {
        var after = this with { Notes = Notes + 1 };
        return new(this, after, HttpMethod.Patch, $"payments/{Id}/metadata", after.HasNote ? $$"""{"note":"{{after.Notes}}"}""" : """{"note":null}""");
    }

    public override string ToString() => $"payment {Number} ({(IsSettled ? "settled, " : "")}{Refunds} refunds, {Notes} notes)";

    private IEnumerable<string> History()
    {
        for (var refund = Refunds; refund > 0; refund--)
        {
            yield return RefundText(refund);
        }

        if (IsSettled)
        {
            yield return OwnText("SUCCEEDED", 1);
        }

        yield return OwnText("PENDING", 0);
    }

    private string OwnText(string status, int day) =>
        $$"""{"reference":"{{Reference}}","createdAt":"{{Time(day)}}","status":"{{status}}","amount":{{InitialAmount}},"raw":{{Raw}}}""";

    private string RefundText(int refund) =>
        $$$"""{"reference":"refund-{{{refund}}}","createdAt":"{{{Time(1 + refund)}}}","status":"REFUNDED","amount":1,"raw":{"re":{{{refund}}}}}""";

    private string Report(string status, int day) =>
        $$"""
        {"reference":"{{Reference}}","connectorID":"{{ConnectorId}}","createdAt":"{{Time(day)}}","amount":{{InitialAmount}},"type":"{{Type}}","status":"{{status}}",
        "scheme":"visa","asset":"USD/2","sourceAccountID":"{{SourceAccountId}}","metadata":{{{ReportedMetadata}}},"raw":{{Raw}}}
        """.ReplaceLineEndings("");

    // Payments with higher numbers are later, so lists are ordered by number.
    private string Time(int day) =>
        Start.AddMilliseconds(Number).AddDays(day).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}

/// <summary>A request and the payment before and after it.</summary>
/// <param name="Before">The payment before; null for its creation.</param>
/// <param name="After">The payment after.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path below <c>api/payments/</c>.</param>
/// <param name="Body">The body.</param>
internal sealed record Change(Payment? Before, Payment After, HttpMethod Method, string Path, string Body)
{
    /// <summary>Whether the service may mark its response as replayed, or as not replayed.</summary>
    /// <param name="isReplayed">Whether it is marked.</param>
    /// <param name="isOnlyWrite">Whether nothing but this request can have stored the change.</param>
    public bool Allows(bool isReplayed, bool isOnlyWrite) => Before == After ? isReplayed : !(isReplayed && isOnlyWrite);

    public override string ToString() => $"{Method}, from {Before?.ToString() ?? "nothing"} to {After}";
}
