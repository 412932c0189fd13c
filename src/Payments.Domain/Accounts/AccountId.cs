using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Payments.Domain.Connectors;

namespace Payments.Domain.Accounts;

/// <summary>Identifies a provider's account: base64url of <c>{"ConnectorID":{…},"Reference":"acc_1"}</c>. The account need not be known.</summary>
public sealed record AccountId : IValue<AccountId>
{
    /// <summary>The most characters (Unicode code points) of an account's reference.</summary>
    public const int MaxReferenceLength = 1000;

    private AccountId(ConnectorId connectorId, string reference)
    {
        ConnectorId = connectorId;
        Reference = reference;
    }

    /// <inheritdoc/>
    public static string Rule =>
        "must be an account's id: base64url without padding of {\"ConnectorID\":{\"Provider\":…,\"Reference\":…},\"Reference\":…}";

    /// <summary>The connector that the account was seen through.</summary>
    public ConnectorId ConnectorId { get; }

    /// <summary>The provider's own reference: 1 to 1000 characters, under the rule of a payment's reference.</summary>
    public string Reference { get; }

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out AccountId value) =>
        CanonicalId.TryDecode(text, Read, out value);

    /// <summary>The id in its canonical form.</summary>
    public override string ToString() => CanonicalId.Encode(
        ConnectorId.AppendTo(new StringBuilder("{\"ConnectorID\":")).Append(",\"Reference\":").AppendString(Reference).Append('}').ToString());

    private static AccountId? Read(JsonElement element) =>
        CanonicalId.Members(element, "ConnectorID", "Reference") is [var connector, var reference]
        && ConnectorId.Read(connector) is { } connectorId
        && CanonicalId.Text(reference) is { } text
        && NamingText.IsValid(text, MaxReferenceLength)
            ? new AccountId(connectorId, text)
            : null;
}
