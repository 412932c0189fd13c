using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.TestCommon;

/// <summary>Valid values. A test names only the parts it is about.</summary>
public static class Sample
{
    /// <summary>What the id of the sample connector encodes.</summary>
    public const string ConnectorJson = """{"Provider":"stripe","Reference":"7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f"}""";

    /// <summary>The id of the sample connector.</summary>
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

    public static Metadata Metadata(params (string Key, string Value)[] entries) =>
        Domain.Metadata.Restore(entries.ToDictionary(entry => entry.Key, entry => entry.Value));

    /// <summary>Edits of metadata; null removes the entry.</summary>
    public static Dictionary<string, string?> Edits(params (string Key, string? Value)[] edits) =>
        edits.ToDictionary(edit => edit.Key, edit => edit.Value);

    /// <summary>A new connector, which has a name of its own.</summary>
    public static Connector Connector(string provider = "stripe", string? name = null) => new(
        new ConnectorId(Value<Provider>(provider), Guid.NewGuid()),
        Value<ConnectorName>(name ?? Guid.NewGuid().ToString()),
        new Instant(Now));

    public static PaymentAdjustment Adjustment(string reference, PaymentStatus status, string amount = "100", int seconds = 0, string raw = "{}") => new(
        Value<PaymentReference>(reference), new Instant(Now.AddSeconds(seconds)), status, Value<MinorUnits>(amount), new RawJson(raw));

    /// <summary>A payment of the sample connector, or of another one, with a reference of its own.</summary>
    public static Payment Payment(
        ConnectorId? connector = null,
        string? reference = null,
        string amount = "100",
        PaymentStatus status = PaymentStatus.Pending,
        int seconds = 0,
        AccountId? source = null,
        AccountId? destination = null,
        Metadata? metadata = null,
        string raw = "{}",
        PaymentType type = PaymentType.PayIn,
        PaymentScheme scheme = PaymentScheme.SepaDebit,
        string asset = "USD/2")
    {
        reference ??= Guid.NewGuid().ToString();
        return Domain.Payments.Payment.Create(
            new PaymentId(connector ?? Value<ConnectorId>(ConnectorId), Value<PaymentReference>(reference), type),
            new PaymentDetails(scheme, Value<Asset>(asset), source, destination),
            metadata ?? Domain.Metadata.Empty,
            Adjustment(reference, status, amount, seconds, raw),
            Now.AddYears(1));
    }

    /// <summary>An account of the sample connector, or of another one, with a reference of its own.</summary>
    public static Account Account(
        ConnectorId? connector = null,
        string? reference = null,
        AccountType type = AccountType.Internal,
        string? name = null,
        string? defaultAsset = null,
        Metadata? metadata = null,
        string raw = "{}",
        int seconds = 0) => Domain.Accounts.Account.Create(
            new AccountId(connector ?? Value<ConnectorId>(ConnectorId), Value<AccountReference>(reference ?? Guid.NewGuid().ToString())),
            new Instant(Now.AddSeconds(seconds)),
            type,
            name is null ? null : Value<AccountName>(name),
            defaultAsset is null ? null : Value<Asset>(defaultAsset),
            metadata ?? Domain.Metadata.Empty,
            new RawJson(raw),
            Now.AddYears(1));
}
