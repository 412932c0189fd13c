using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Bench;

/// <summary>
/// Payments as providers report them, each by its number: about 350 bytes of raw, two entries of metadata, and accounts on both sides of every
/// other one. Their texts are made beforehand; a request only puts its number and its time into one of them.
/// </summary>
internal sealed class PaymentSample
{
    private const int Variants = 256;
    private const string NumberFormat = "D12";
    private const string Placeholder = "#number#####";
    private const string TimePlaceholder = "#time#######################";

    // A million payments fill four months, so that the overview has days to show.
    private const int SecondsBetweenPayments = 10;

    private static readonly DateTime Start = new(2023, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly string[] Schemes = ["visa", "visa", "mastercard", "amex", "sepa debit", "sepa credit", "ach", "apple pay"];
    private static readonly string[] Statuses = ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "PENDING", "PENDING", "FAILED"];
    private static readonly string[] Assets = ["USD/2", "USD/2", "EUR/2", "EUR/2", "GBP/2"];

    private readonly Template[] _bodies;

    public PaymentSample(string connectorId)
    {
        ConnectorId = connectorId;
        _bodies = [.. Enumerable.Range(0, Variants).Select(variant => new Template(Body(connectorId, variant)))];
    }

    public string ConnectorId { get; }

    public static string Reference(long number) => $"bench-{number.ToString(NumberFormat, CultureInfo.InvariantCulture)}";

    public static DateTime CreatedAt(long number) => Start.AddSeconds(SecondsBetweenPayments * number);

    public static string Type(long number) => number % Variants % 8 == 7 ? "PAYOUT" : "PAY-IN";

    /// <summary>The same requests with something before each body.</summary>
    public Template[] Behind(Func<int, string> head) => [.. _bodies.Select(body => new Template(head(body.Bytes.Length) + Encoding.UTF8.GetString(body.Bytes)))];

    /// <summary>The requests as lines.</summary>
    public Template[] Lines() => [.. _bodies.Select(body => new Template(Encoding.UTF8.GetString(body.Bytes) + "\n"))];

    /// <summary>The id that the payment of a number has.</summary>
    public string Id(long number)
    {
        var connector = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(ConnectorId));
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
            $$"""{"ConnectorID":{{connector}},"Reference":"{{Reference(number)}}","Type":"{{Type(number)}}"}"""));
    }

    /// <summary>The payment of a number, as the service reads it.</summary>
    public Payment Payment(long number)
    {
        var template = _bodies[number % Variants];
        var body = new byte[template.Bytes.Length];
        template.Write(number, body);
        using var json = JsonDocument.Parse(body);
        var root = json.RootElement;
        return Domain.Payments.Payment.Create(
            new PaymentId(Read<ConnectorId>("connectorID"), Read<PaymentReference>("reference"), WireName<PaymentType>.Parse(Text("type"))),
            new PaymentDetails(
                WireName<PaymentScheme>.Parse(Text("scheme")),
                Read<Asset>("asset"),
                root.TryGetProperty("sourceAccountID", out _) ? Read<AccountId>("sourceAccountID") : null,
                root.TryGetProperty("destinationAccountID", out _) ? Read<AccountId>("destinationAccountID") : null),
            Metadata.Restore(root.GetProperty("metadata").Deserialize<Dictionary<string, string>>()!),
            new PaymentAdjustment(
                Read<PaymentReference>("reference"),
                Read<Instant>("createdAt"),
                WireName<PaymentStatus>.Parse(Text("status")),
                MinorUnits.Restore(root.GetProperty("amount").GetRawText()),
                new RawJson(root.GetProperty("raw").GetRawText())),
            DateTimeOffset.UtcNow);

        string Text(string member) => root.GetProperty(member).GetString()!;

        T Read<T>(string member)
            where T : IValueObject<T> => T.TryParse(Text(member), out var value) ? value : throw new FormatException(member);
    }

    private static string Body(string connectorId, int variant)
    {
        var amount = 100 + (variant * 7919 % 90_000);
        var scheme = Schemes[variant % Schemes.Length];
        var asset = Assets[variant % Assets.Length];
        var accounts = variant % 2 == 0
            ? ""
            : $"""
                "sourceAccountID":"{Account(connectorId, variant)}","destinationAccountID":"{Account(connectorId, variant % 10)}",
                """;
        return
            $$"""
            {"reference":"bench-{{Placeholder}}","connectorID":"{{connectorId}}","createdAt":"{{TimePlaceholder}}","amount":{{amount}},
            "type":"{{Type(variant)}}","status":"{{Statuses[variant % Statuses.Length]}}","scheme":"{{scheme}}","asset":"{{asset}}",{{accounts}}
            "metadata":{"tenant":"tenant-{{variant % 20}}","order":"order-{{Placeholder}}"},
            "raw":{"id":"ch_{{Placeholder}}","object":"charge","amount":{{amount}},"currency":"{{asset[..3].ToLowerInvariant()}}","captured":true,"customer":"cus_{{variant:D8}}",
            "livemode":true,"outcome":{"network_status":"approved_by_network","risk_level":"normal","risk_score":{{variant % 100}}},
            "payment_method_details":{"type":"{{scheme}}","last4":"4242","exp_month":8,"exp_year":2030,"fingerprint":"Xt5EWLLDS7FJjR1c"} } }
            """.Replace("\n", "", StringComparison.Ordinal);
    }

    private static string Account(string connectorId, int number) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        $$"""{"ConnectorID":{{Encoding.UTF8.GetString(Base64Url.DecodeFromChars(connectorId))}},"Reference":"acc_{{number:D6}}"}"""));

    /// <summary>A text in which the number and the time are written over.</summary>
    internal sealed class Template
    {
        private readonly int[] _numbers;
        private readonly int[] _times;

        public Template(string text)
        {
            Bytes = Encoding.UTF8.GetBytes(text);
            _numbers = Places(text, Placeholder);
            _times = Places(text, TimePlaceholder);
        }

        public byte[] Bytes { get; }

        public int Write(long number, Span<byte> destination)
        {
            Bytes.CopyTo(destination);
            foreach (var place in _numbers)
            {
                number.TryFormat(destination[place..], out _, NumberFormat, CultureInfo.InvariantCulture);
            }

            foreach (var place in _times)
            {
                CreatedAt(number).TryFormat(destination[place..], out _, "O", CultureInfo.InvariantCulture);
            }

            return Bytes.Length;
        }

        // All texts are ASCII, so that a place among characters is one among bytes.
        private static int[] Places(string text, string placeholder)
        {
            var places = new List<int>();
            for (var at = text.IndexOf(placeholder, StringComparison.Ordinal); at >= 0; at = text.IndexOf(placeholder, at + 1, StringComparison.Ordinal))
            {
                places.Add(at);
            }

            return [.. places];
        }
    }
}
