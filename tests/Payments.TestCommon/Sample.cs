using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.TestCommon;

/// <summary>Valid values. A test names only the parts it is about.</summary>
public static class Sample
{
    /// <summary>The reference of the sample connector.</summary>
    public const string ConnectorReference = "7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f";

    /// <summary>The id of the sample connector, of provider stripe.</summary>
    public const string ConnectorId =
        "eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9";

    /// <summary>The id of the sample connector's account acc_1.</summary>
    public const string AccountId =
        "eyJDb25uZWN0b3JJRCI6eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9LCJSZWZlcmVuY2UiOiJhY2NfMSJ9";

    /// <summary>The id of the sample connector's payment ref-001, of type PAY-IN.</summary>
    public const string PaymentId =
        "eyJDb25uZWN0b3JJRCI6eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9LCJSZWZlcmVuY2UiOiJyZWYtMDAxIiwiVHlwZSI6IlBBWS1JTiJ9";

    /// <summary>The time at which sample payments and accounts were created, unless a test adds seconds.</summary>
    public static readonly DateTimeOffset Now = new(2024, 5, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Reads a value object from a text that the test knows to be valid.</summary>
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
