using Payments.Domain.Connectors;

namespace Payments.Domain.Accounts;

/// <summary>The id of an account: base64url of <c>{"ConnectorID":{…},"Reference":"acc_1"}</c>. The account need not be recorded.</summary>
public sealed record AccountId(ConnectorId ConnectorId, AccountReference Reference) : IValueObject<AccountId>
{
    /// <inheritdoc/>
    public static string Rule =>
        "must be the id of an account: base64url without padding of {\"ConnectorID\":{\"Provider\":…,\"Reference\":…},\"Reference\":…}";

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out AccountId value) =>
        CanonicalId.TryDecode(text, Read, out value);

    /// <summary>The canonical text of the id.</summary>
    public override string ToString() => CanonicalId.Encode(
        $$"""{"ConnectorID":{{ConnectorId.Json}},"Reference":"{{CanonicalId.Escape(Reference.Text)}}"}""");

    private static AccountId? Read(JsonElement element) =>
        CanonicalId.Members(element, "ConnectorID", "Reference") is [var connector, var reference]
        && ConnectorId.Read(connector) is { } connectorId
        && CanonicalId.Text(reference) is { } text
        && AccountReference.TryParse(text, out var accountReference)
            ? new AccountId(connectorId, accountReference)
            : null;
}

/// <summary>The provider's reference of an account.</summary>
public sealed record AccountReference : NameOrReference, IValueObject<AccountReference>
{
    /// <summary>The max length in Unicode code points.</summary>
    public const int MaxLength = 1000;

    private AccountReference() { }

    /// <inheritdoc/>
    public static string Rule { get; } = RuleFor(MaxLength);

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out AccountReference value) =>
        (value = IsValid(text, MaxLength) ? new() { Text = text } : null) is not null;
}
