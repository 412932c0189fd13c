using System.Runtime.CompilerServices;

namespace Payments.Client;

/// <summary>Reads whole lists without handling pages.</summary>
public static class PaymentsEnumeration
{
    // The max of the service.
    private const long PageSize = 1000;

    /// <summary>Reads all payments that match the filter and existed at the start.</summary>
    /// <remarks>
    /// If the createdAt of a payment changes while the list is read, the payment can appear twice or, oldest first, be missing.
    /// It fetches pages of up to 1000 payments, and the next page only when it is needed:
    /// <c>await foreach (var payment in client.ListAllPaymentsAsync(new() { Status = [PaymentStatus.Failed] }))</c>.
    /// </remarks>
    /// <param name="client">The client.</param>
    /// <param name="filter">The filter. The default is all payments.</param>
    /// <param name="sort"><c>createdAt:desc</c> (newest first, the default) or <c>createdAt:asc</c> (oldest first).</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ArgumentException">A list in the filter is empty.</exception>
    /// <exception cref="PaymentsApiException">The service returned an error for a page.</exception>
    public static IAsyncEnumerable<Payment> ListAllPaymentsAsync(
        this IPaymentsClient client, PaymentFilter? filter = null, string? sort = null, CancellationToken cancellationToken = default)
    {
        filter ??= new PaymentFilter();
        filter.ThrowIfEmpty();
        return ReadAllAsync(
            async (cursor, token) =>
            {
                var page = await (cursor is null
                    ? client.ListPaymentsAsync(
                        pageSize: PageSize, sort: sort, reference: filter.Reference, connectorID: filter.ConnectorID, provider: filter.Provider,
                        type: filter.Type, status: filter.Status, scheme: filter.Scheme, asset: filter.Asset,
                        sourceAccountID: filter.SourceAccountID, destinationAccountID: filter.DestinationAccountID,
                        amountGte: filter.AmountGte, amountLte: filter.AmountLte, createdAtFrom: filter.CreatedAtFrom, createdAtTo: filter.CreatedAtTo,
                        metadata: filter.Metadata, query: filter.Query, cancellationToken: token)
                    : client.ListPaymentsAsync(cursor: cursor, cancellationToken: token)).ConfigureAwait(false);
                return (page.Cursor.Data, page.Cursor.Next);
            },
            cancellationToken);
    }

    /// <summary>Reads each account that existed at the start exactly once.</summary>
    /// <remarks>It fetches pages of up to 1000 accounts, and the next page only when it is needed.</remarks>
    /// <param name="client">The client.</param>
    /// <param name="sort"><c>createdAt:desc</c> (newest first, the default) or <c>createdAt:asc</c> (oldest first).</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PaymentsApiException">The service returned an error for a page.</exception>
    public static IAsyncEnumerable<Account> ListAllAccountsAsync(
        this IPaymentsClient client, string? sort = null, CancellationToken cancellationToken = default) =>
        ReadAllAsync(
            async (cursor, token) =>
            {
                var page = await (cursor is null
                    ? client.ListAccountsAsync(PageSize, sort: sort, cancellationToken: token)
                    : client.ListAccountsAsync(cursor: cursor, cancellationToken: token)).ConfigureAwait(false);
                return (page.Cursor.Data, page.Cursor.Next);
            },
            cancellationToken);

    // A cursor contains the filter, the order and the page size, so later pages need no other parameter.
    private static async IAsyncEnumerable<T> ReadAllAsync<T>(
        Func<string?, CancellationToken, Task<(IReadOnlyList<T> Data, string? Next)>> readPage,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            (var data, cursor) = await readPage(cursor, cancellationToken).ConfigureAwait(false);
            foreach (var item in data)
            {
                yield return item;
            }
        }
        while (cursor is not null);
    }
}
