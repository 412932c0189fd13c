namespace Payments.Api.Tests.Records;

/// <summary>What payments and accounts have in common: a provider reports them, and the service stores each once.</summary>
internal interface IRecord
{
    /// <summary>The path of their endpoints, below <c>api/payments/</c>.</summary>
    static abstract string Path { get; }

    /// <summary>The id of a record that is not stored.</summary>
    static abstract string UnknownId { get; }

    /// <summary>A value for every member; each breaks its rule.</summary>
    static abstract string AllInvalid { get; }

    /// <summary>Values that break their rule, besides those of the members that both have.</summary>
    static abstract IEnumerable<(string Field, string? Json)> Invalid { get; }

    /// <summary>Values whose JSON type is wrong, besides those of the members that both have.</summary>
    static abstract IEnumerable<(string Member, string Json)> WrongType { get; }

    /// <summary>Values that differ from those of <see cref="Body"/> and cannot change after the first report, in the order in which they are named.</summary>
    static abstract IEnumerable<(string Field, string? Json)> Different { get; }

    /// <summary>One of the fields of <see cref="Different"/>, and the value that <see cref="Body"/> has for it.</summary>
    static abstract (string Field, string Value) Stored { get; }

    static abstract string Body(string connector, params (string Name, string? Json)[] changes);
}

internal sealed class PaymentRecord : IRecord
{
    public static string Path => "payments";

    public static string UnknownId => Sample.PaymentId;

    public static string AllInvalid =>
        """
        {"reference":"","connectorID":"x","createdAt":"now","amount":-1,"type":"x","status":"x","scheme":"x","asset":"x","sourceAccountID":"x",
        "destinationAccountID":"x","metadata":{"":""}}
        """;

    public static IEnumerable<(string Field, string? Json)> Invalid =>
    [
        ("amount", null),
        ("amount", "-1"),
        ("amount", "1.0"),
        ("amount", "1e3"),
        ("amount", "100000000000000000000000000000000000000"),
        ("type", "\"pay-in\""),
        ("type", "\"PAY-IN \""),
        ("status", "\"DONE\""),
        ("scheme", "\"sepa debit, a2a\""),
        ("scheme", "\"SepaDebit\""),
        ("scheme", "\"12\""),
        ("asset", "\"usd\""),
        ("asset", "\"USD/2\\n\""),
        ("sourceAccountID", "\"x\""),
        ("destinationAccountID", "\"e30\""),
    ];

    public static IEnumerable<(string Member, string Json)> WrongType =>
    [
        ("amount", "\"100\""),
        ("amount", "true"),
        ("scheme", "[\"visa\"]"),
        ("raw", "\"x\""),
        ("raw", "[]"),
    ];

    public static IEnumerable<(string Field, string? Json)> Different =>
    [
        ("createdAt", "\"2024-05-01T12:00:01Z\""), ("amount", "101"), ("scheme", "\"amex\""), ("asset", "\"EUR/2\""),
    ];

    public static (string Field, string Value) Stored => ("amount", "100");

    public static string Body(string connector, params (string Name, string? Json)[] changes) => Request.Payment(connector, changes);
}

internal sealed class AccountRecord : IRecord
{
    public static string Path => "accounts";

    public static string UnknownId => Sample.AccountId;

    public static string AllInvalid =>
        """{"reference":"","connectorID":"x","createdAt":"now","type":"x","accountName":" ","defaultAsset":"x","metadata":{"":""}}""";

    public static IEnumerable<(string Field, string? Json)> Invalid =>
    [
        ("type", "\"internal\""),
        ("type", "\"INTERNAL, EXTERNAL\""),
        ("type", "\"1\""),
        ("accountName", "\" \""),
        ("accountName", "\"a\\u0000b\""),
        ("accountName", "\"\\ud83d\""),
        ("defaultAsset", "\"usd\""),
        ("defaultAsset", "\"USD/2\\n\""),
    ];

    public static IEnumerable<(string Member, string Json)> WrongType =>
    [
        ("accountName", "{}"),
        ("raw", "{}"),
        ("raw", "\"x\""),
        ("defaultCurrency", "\"USD/2\""),
    ];

    public static IEnumerable<(string Field, string? Json)> Different =>
    [
        ("createdAt", "\"2024-05-01T12:00:01Z\""), ("type", "\"EXTERNAL\""), ("accountName", "\"main\""), ("defaultAsset", "\"EUR/2\""), ("metadata", """{"a":"b"}"""),
    ];

    public static (string Field, string Value) Stored => ("accountName", "Main");

    public static string Body(string connector, params (string Name, string? Json)[] changes) =>
        Request.Account(connector, [("accountName", "\"Main\""), .. changes]);
}
