using System.Collections;
using System.Numerics;

namespace Payments.Client;

/// <summary>Which payments a list is of. What is given must all hold, and of several values any one; what is not given asks for nothing.</summary>
public sealed record PaymentFilter
{
    /// <summary>The provider's references.</summary>
    public IEnumerable<string>? Reference { get; init; }

    /// <summary>The ids of the connectors they came through.</summary>
    public IEnumerable<string>? ConnectorID { get; init; }

    /// <summary>The connectors' providers, such as <c>STRIPE</c>.</summary>
    public IEnumerable<string>? Provider { get; init; }

    /// <summary>Which way the money goes.</summary>
    public IEnumerable<PaymentType>? Type { get; init; }

    /// <summary>How far the payments have come.</summary>
    public IEnumerable<PaymentStatus>? Status { get; init; }

    /// <summary>The schemes that carry them.</summary>
    public IEnumerable<PaymentScheme>? Scheme { get; init; }

    /// <summary>What the amounts are of, such as <c>USD/2</c>.</summary>
    public IEnumerable<string>? Asset { get; init; }

    /// <summary>The ids of the accounts the money leaves.</summary>
    public IEnumerable<string>? SourceAccountID { get; init; }

    /// <summary>The ids of the accounts the money reaches.</summary>
    public IEnumerable<string>? DestinationAccountID { get; init; }

    /// <summary>The least that is left of a payment, in minor units, 0 to 10^38-1.</summary>
    public BigInteger? AmountGte { get; init; }

    /// <summary>The most that is left of a payment, in minor units, 0 to 10^38-1.</summary>
    public BigInteger? AmountLte { get; init; }

    /// <summary>The first instant, to 100 ns.</summary>
    public DateTimeOffset? CreatedAtFrom { get; init; }

    /// <summary>The first instant that is too late, to 100 ns.</summary>
    public DateTimeOffset? CreatedAtTo { get; init; }

    /// <summary>Entries of the company's own facts.</summary>
    public IDictionary<string, string>? Metadata { get; init; }

    /// <summary>A filter as JSON, such as <c>{"$not":{"$match":{"status":"FAILED"}}}</c>; the service's document of <c>query</c> says more.</summary>
    public string? Query { get; init; }

    // None of the values would be sent, and the answer would be of all payments.
    internal void ThrowIfEmpty()
    {
        IEnumerable?[] lists = [Reference, ConnectorID, Provider, Type, Status, Scheme, Asset, SourceAccountID, DestinationAccountID];
        if (lists.Any(list => list is not null && !list.Cast<object?>().Any()))
        {
            throw new ArgumentException("A list of no values lets no payment through; leave it out to ask for nothing.");
        }
    }
}
