using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Infrastructure.Tests;

/// <summary>Values that a test need not spell out.</summary>
internal static class Sample
{
    private static readonly DateTimeOffset Now = new(2024, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public static T Value<T>(string text)
        where T : IValueObject<T> =>
        T.TryParse(text, out var value) ? value : throw new ArgumentException($"'{text}' breaks the rule: {T.Rule}", nameof(text));

    public static Connector Connector(string provider = "stripe", string? name = null) => new(
        new ConnectorId(Value<Provider>(provider), Guid.NewGuid()),
        Value<ConnectorName>(name ?? Guid.NewGuid().ToString()),
        new Instant(Now));

    public static Payment Payment(
        ConnectorId connector,
        string? reference = null,
        string amount = "100",
        PaymentStatus status = PaymentStatus.Pending,
        int seconds = 0,
        AccountId? source = null,
        AccountId? destination = null,
        Metadata? metadata = null,
        string raw = "{}")
    {
        reference ??= Guid.NewGuid().ToString();
        return Domain.Payments.Payment.Create(
            new PaymentId(connector, Value<PaymentReference>(reference), PaymentType.PayIn),
            new PaymentDetails(PaymentScheme.SepaDebit, Value<Asset>("USD/2"), source, destination),
            metadata ?? Metadata.Empty,
            new PaymentAdjustment(Value<PaymentReference>(reference), new Instant(Now.AddSeconds(seconds)), status, Value<MinorUnits>(amount), new RawJson(raw)),
            Now.AddDays(1));
    }

    public static Account Account(
        ConnectorId connector,
        string? reference = null,
        AccountType type = AccountType.Internal,
        string? name = null,
        string? defaultAsset = null,
        Metadata? metadata = null,
        string raw = "{}",
        int seconds = 0) => Domain.Accounts.Account.Create(
            new AccountId(connector, Value<AccountReference>(reference ?? Guid.NewGuid().ToString())),
            new Instant(Now.AddSeconds(seconds)),
            type,
            name is null ? null : Value<AccountName>(name),
            defaultAsset is null ? null : Value<Asset>(defaultAsset),
            metadata ?? Metadata.Empty,
            new RawJson(raw),
            Now.AddDays(1));
}
