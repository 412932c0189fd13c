using System.Collections;
using System.Numerics;

namespace Payments.Client;

/// <summary>A filter of payments. A payment must match every property that is set; of several values, any one.</summary>
public sealed record PaymentFilter
{
    /// <summary>The provider's references.</summary>
    public IEnumerable<string>? Reference { get; init; }

    /// <summary>The ids of the connectors that reported the payments.</summary>
    public IEnumerable<string>? ConnectorID { get; init; }

    /// <summary>The connectors' providers, such as <c>STRIPE</c>.</summary>
    public IEnumerable<string>? Provider { get; init; }

    /// <summary>The payment types.</summary>
    public IEnumerable<PaymentType>? Type { get; init; }

    /// <summary>The current statuses.</summary>
    public IEnumerable<PaymentStatus>? Status { get; init; }

    /// <summary>The payment schemes.</summary>
    public IEnumerable<PaymentScheme>? Scheme { get; init; }

    /// <summary>The assets, such as <c>USD/2</c>.</summary>
    public IEnumerable<string>? Asset { get; init; }

    /// <summary>The ids of the accounts that the money leaves.</summary>
    public IEnumerable<string>? SourceAccountID { get; init; }

    /// <summary>The ids of the accounts that the money reaches.</summary>
    public IEnumerable<string>? DestinationAccountID { get; init; }

    /// <summary>The smallest current amount, in minor units, 0 to 10^38-1.</summary>
    public BigInteger? AmountGte { get; init; }

    /// <summary>The largest current amount, in minor units, 0 to 10^38-1.</summary>
    public BigInteger? AmountLte { get; init; }

    /// <summary>The earliest <c>createdAt</c>, inclusive.</summary>
    public DateTimeOffset? CreatedAtFrom { get; init; }

    /// <summary>The latest <c>createdAt</c>, exclusive.</summary>
    public DateTimeOffset? CreatedAtTo { get; init; }

    /// <summary>Metadata entries.</summary>
    public IDictionary<string, string>? Metadata { get; init; }

    /// <summary>A filter as JSON, such as <c>{"$not":{"$match":{"status":"FAILED"}}}</c>. See <c>query</c> in the OpenAPI document.</summary>
    public string? Query { get; init; }

    // An empty list sends no parameter, so the response would contain all payments.
    internal void ThrowIfEmpty()
    {
        IEnumerable?[] lists = [Reference, ConnectorID, Provider, Type, Status, Scheme, Asset, SourceAccountID, DestinationAccountID];
        if (lists.Any(list => list is not null && !list.Cast<object?>().Any()))
        {
            throw new ArgumentException("A list in the filter is empty. Leave it null to match every value.");
        }
    }
}
