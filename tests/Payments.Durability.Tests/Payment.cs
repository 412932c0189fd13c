using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Payments.Durability.Tests;

/// <summary>
/// A payment as the service must show it, worked out here from its number and from what was done to it, so that every answer can be compared
/// to the byte and no answer need be kept.
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

    /// <summary>What is left of it: every seventh has the most digits that there may be.</summary>
    public Int128 Amount => InitialAmount - Refunds;

    public int Adjustments => 1 + (IsSettled ? 1 : 0) + Refunds;

    public int MetadataEntries => HasNote ? 3 : 2;

    /// <summary>The payment as its id is answered.</summary>
    public string Answer => $$"""{"data":{{Text}}}""";

    /// <summary>The payment as a line of an export.</summary>
    public string ExportedLine => HasNote ? $$$"""{{{Text[..^1]}}},"firstMetadata":{{{{FirstMetadata}}}}}""" : Text;

    /// <summary>The payment as an element of a list.</summary>
    public string Text =>
        $$$"""
        {"id":"{{{Id}}}","reference":"{{{Reference}}}","sourceAccountID":"{{{SourceAccountId}}}","destinationAccountID":"","connectorID":"{{{ConnectorId}}}",
        "provider":"STRIPE","type":"{{{Type}}}","status":"{{{Status}}}","initialAmount":{{{InitialAmount}}},"amount":{{{Amount}}},
        "scheme":"visa","asset":"USD/2","createdAt":"{{{Time(0)}}}","raw":{{{Raw}}},"adjustments":[{{{string.Join(',', Life())}}}],
        "metadata":{{{{FirstMetadata}}}{{{Note}}}}}
        """.ReplaceLineEndings("");

    private string Type => Number % 3 == 0 ? "PAYOUT" : "PAY-IN";

    private Int128 InitialAmount => Number % 7 == 0 ? Int128.Parse("99999999999999999999999999999900000000", CultureInfo.InvariantCulture) + Number : 1000 + Number;

    private string SourceAccountId => Number % 2 == 0 ? "" : Encode($$"""{"ConnectorID":{{Connector}},"Reference":"acc_{{Number % 100}}"}""");

    private string FirstMetadata => $$"""
        "tenant":"t-{{Number % 20}}","order":"№ {{Number}}"
        """;

    // Set, changed, taken out, and again.
    private bool HasNote => Notes % 3 != 0;

    private string Note => HasNote ? $$"""
        ,"note":"{{Notes}}"
        """ : "";

    // In a form that nobody who reads and writes it anew would keep. One in fifty is so long that it takes several pages of the file.
    private string Raw => $$"""{ "id" :"ch_{{Number}}", "e":"\u00e9\/", "n":1.50e+2 ,"text":"{{new string((char)('a' + (Number % 26)), Number % 50 == 0 ? 30_000 : 100)}}" }""";

    public Change Create() => new(null, new(Number), HttpMethod.Post, "payments", Report("PENDING", 0));

    /// <summary>Its creation once more, which changes nothing.</summary>
    public Change Replay() => Create() with { Before = this, After = this };

    /// <summary>The provider's report of its next status.</summary>
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

    private IEnumerable<string> Life()
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

    private string OwnText(string status, int step) =>
        $$"""{"reference":"{{Reference}}","createdAt":"{{Time(step)}}","status":"{{status}}","amount":{{InitialAmount}},"raw":{{Raw}}}""";

    private string RefundText(int refund) =>
        $$$"""{"reference":"refund-{{{refund}}}","createdAt":"{{{Time(1 + refund)}}}","status":"REFUNDED","amount":1,"raw":{"re":{{{refund}}}}}""";

    private string Report(string status, int step) =>
        $$"""
        {"reference":"{{Reference}}","connectorID":"{{ConnectorId}}","createdAt":"{{Time(step)}}","amount":{{InitialAmount}},"type":"{{Type}}","status":"{{status}}",
        "scheme":"visa","asset":"USD/2","sourceAccountID":"{{SourceAccountId}}","metadata":{{{FirstMetadata}}},"raw":{{Raw}}}
        """.ReplaceLineEndings("");

    // A later number is a later payment, so that the list has them in the order of their numbers.
    private string Time(int step) =>
        Start.AddMilliseconds(Number).AddDays(step).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}

/// <summary>A request and what it makes of a payment.</summary>
/// <param name="Before">The payment before it; null for its creation.</param>
/// <param name="After">The payment after it.</param>
/// <param name="Method">The request's method.</param>
/// <param name="Path">The request's path, below <c>api/payments/</c>.</param>
/// <param name="Body">The request's body.</param>
internal sealed record Change(Payment? Before, Payment After, HttpMethod Method, string Path, string Body)
{
    public override string ToString() => $"{Method}, from {Before?.ToString() ?? "nothing"} to {After}";
}
