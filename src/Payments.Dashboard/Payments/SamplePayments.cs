using System.Globalization;
using Payments.Domain.Connectors;

namespace Payments.Dashboard.Payments;

/// <summary>Realistic payments of the last 30 days, to try the service with. They depend only on the day and the time, so recording them again
/// replays what is recorded and adds what has happened in between.</summary>
internal static class SamplePayments
{
    private const int Days = 30;
    private const int PaymentsPerDay = 2;

    /// <summary>The connectors of the payments. Their ids are fixed.</summary>
    public static IReadOnlyList<(string Provider, string Name, Guid Reference)> Connectors { get; } =
    [
        ("stripe", "sample-eu", new("5a3d0c1e-0000-4000-8000-000000000001")),
        ("adyen", "sample-main", new("5a3d0c1e-0000-4000-8000-000000000002")),
        ("wise", "sample-payouts", new("5a3d0c1e-0000-4000-8000-000000000003")),
    ];

    private const string FailureMember = ",\"failure_message\":\"The account has insufficient funds.\"";

    private static readonly Template[] Templates =
    [
        new(0, "PAY-IN", "visa", "EUR/2", "4990", [new("PENDING"), new("SUCCEEDED", 2)]),
        new(0, "PAY-IN", "mastercard", "EUR/2", "129900", [new("PENDING"), new("SUCCEEDED", 3), new("REFUNDED", 1_500, "29900")]),
        new(1, "PAY-IN", "visa", "USD/2", "200000", [new("PENDING"), new("SUCCEEDED", 1), new("REFUNDED", 900, "50000"), new("REFUNDED", 3_000, "30000")]),
        new(0, "PAY-IN", "amex", "USD/2", "75050", [new("PENDING"), new("FAILED", 1)]),
        new(1, "PAY-IN", "jcb", "JPY/0", "12800", [new("SUCCEEDED")]),
        new(2, "PAYOUT", "sepa credit", "EUR/2", "845000", [new("PENDING"), new("SUCCEEDED", 1_440)]),
        new(1, "PAY-IN", "sepa debit", "EUR/2", "3900", [new("PENDING"), new("SUCCEEDED", 2_880), new("DISPUTE", 7_200, "3900")]),
        new(1, "PAY-IN", "visa", "KWD/3", "12345", [new("PENDING"), new("SUCCEEDED", 1)]),
        new(0, "PAY-IN", "apple pay", "EUR/2", "1999", [new("PENDING"), new("EXPIRED", 60)]),
        new(2, "PAYOUT", "ach", "USD/2", "1250000", [new("PENDING"), new("FAILED", 600)]),
        new(0, "PAY-IN", "visa", "EUR/2", "25000", [new("PENDING"), new("SUCCEEDED", 1), new("DISPUTE", 4_000, "25000"), new("DISPUTE_LOST", 9_000, "25000")]),
        new(2, "TRANSFER", "other", "GBP/2", "500000", [new("PENDING")]),
        new(1, "PAY-IN", "google pay", "USD/2", "8999", [new("PENDING"), new("CANCELLED", 15)]),
    ];

    public static ConnectorId ConnectorId(int number) =>
        Domain.Connectors.ConnectorId.Restore(Connectors[number].Provider, Connectors[number].Reference.ToString());

    /// <summary>The commands that record what has happened until now.</summary>
    public static IEnumerable<IRequest<RecordedPayment>> Until(DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        for (var day = today.AddDays(1 - Days); day <= today; day = day.AddDays(1))
        {
            for (var slot = 0; slot < PaymentsPerDay; slot++)
            {
                foreach (var command in Payment(day, slot, now))
                {
                    yield return command;
                }
            }
        }
    }

    private static IEnumerable<IRequest<RecordedPayment>> Payment(DateOnly day, int slot, DateTimeOffset now)
    {
        var number = (day.DayNumber * PaymentsPerDay) + slot;
        var template = Templates[number % Templates.Length];
        var start = new DateTimeOffset(day.ToDateTime(new TimeOnly((number * 7 % 12) + (slot * 12), number * 13 % 60, number * 17 % 60)), TimeSpan.Zero);
        var connector = ConnectorId(template.Connector);
        var reference = string.Create(CultureInfo.InvariantCulture, $"sample_{day:yyyyMMdd}_{slot + 1}");
        var id = new PaymentId(connector, Read<PaymentReference>(reference), WireName<PaymentType>.Parse(template.Type));
        foreach (var (i, step) in template.Steps.Index())
        {
            var at = start.AddMinutes(step.Minutes);
            if (at > now)
            {
                yield break;
            }

            var createdAt = new Instant(at).ToString();
            var amount = step.Amount ?? template.Amount;
            var status = step.Status.ToLowerInvariant();
            var raw = $$"""{"id":"{{reference}}","object":"sample","status":"{{status}}","amount":{{amount}},"created":{{at.ToUnixTimeSeconds()}}{{(step.Status == "FAILED" ? FailureMember : "")}}}""";
            if (step.Amount is null)
            {
                yield return new CreatePaymentCommand
                {
                    ConnectorId = $"{connector}",
                    Reference = reference,
                    CreatedAt = createdAt,
                    Amount = amount,
                    Type = template.Type,
                    Status = step.Status,
                    Scheme = template.Scheme,
                    Asset = template.Asset,
                    SourceAccountId = template.Type == "PAY-IN" ? Account(connector, $"customer_{number % 9}") : Account(connector, "main"),
                    DestinationAccountId = template.Type == "PAY-IN" ? Account(connector, "main") : Account(connector, $"supplier_{number % 5}"),
                    Metadata = new Dictionary<string, string> { ["order"] = $"S-{number}" },
                    Raw = raw,
                };
            }
            else
            {
                var prefix = step.Status.StartsWith("DISPUTE", StringComparison.Ordinal) ? "dispute" : "refund";
                yield return new AdjustPaymentCommand
                {
                    PaymentId = id,
                    Reference = prefix == "dispute" ? $"{prefix}_{reference}" : string.Create(CultureInfo.InvariantCulture, $"{prefix}_{reference}_{i}"),
                    CreatedAt = createdAt,
                    Status = step.Status,
                    Amount = amount,
                    Raw = raw,
                };
            }
        }
    }

    private static string Account(ConnectorId connector, string reference) =>
        new Domain.Accounts.AccountId(connector, Read<Domain.Accounts.AccountReference>(reference)).ToString();

    private static T Read<T>(string text) where T : IValueObject<T> => StoredValue.Read<T>(text);

    /// <param name="Minutes">The time after the first step.</param>
    /// <param name="Amount">The amount of a refund or a dispute, which has a reference of its own; null for a report of the payment.</param>
    private sealed record Step(string Status, int Minutes = 0, string? Amount = null);

    private sealed record Template(int Connector, string Type, string Scheme, string Asset, string Amount, Step[] Steps);
}
