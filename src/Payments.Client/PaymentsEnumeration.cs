using System.Runtime.CompilerServices;

namespace Payments.Client;

/// <summary>Everything in a list, without its pages.</summary>
public static class PaymentsEnumeration
{
    // The most that the service puts on a page.
    private const long PageSize = 1000;

    /// <summary>
    /// Reads every payment of a filter that was there at the start, once each, a page of up to 1000 at a time and only as far as the reader
    /// goes: <c>await foreach (var payment in client.ListAllPaymentsAsync(new() { Status = [PaymentStatus.Failed] }))</c>.
    /// </summary>
    /// <param name="client">The service.</param>
    /// <param name="filter">Which payments; all where it is left out. A list of no values is refused.</param>
    /// <param name="sort"><c>createdAt:desc</c>, the newest first and the default, or <c>createdAt:asc</c>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ArgumentException">The filter has a list of no values.</exception>
    /// <exception cref="PaymentsApiException">A page was refused; those before it have been read.</exception>
    public static IAsyncEnumerable<Payment> ListAllPaymentsAsync(
        this IPaymentsClient client, PaymentFilter? filter = null, string? sort = null, CancellationToken cancellationToken = default)
    {
        filter?.ThrowIfEmpty();
        return ReadAllAsync(
            async (cursor, token) =>
            {
                var answer = await (cursor is null
                    ? client.ListPaymentsAsync(
                        pageSize: PageSize,
                        sort: sort,
                        reference: filter?.Reference,
                        connectorID: filter?.ConnectorID,
                        provider: filter?.Provider,
                        type: filter?.Type,
                        status: filter?.Status,
                        scheme: filter?.Scheme,
                        asset: filter?.Asset,
                        sourceAccountID: filter?.SourceAccountID,
                        destinationAccountID: filter?.DestinationAccountID,
                        amountGte: filter?.AmountGte,
                        amountLte: filter?.AmountLte,
                        createdAtFrom: filter?.CreatedAtFrom,
                        createdAtTo: filter?.CreatedAtTo,
                        metadata: filter?.Metadata,
                        query: filter?.Query,
                        cancellationToken: token)
                    : client.ListPaymentsAsync(cursor: cursor, cancellationToken: token)).ConfigureAwait(false);
                return (answer.Cursor.Data, answer.Cursor.Next);
            },
            cancellationToken);
    }

    /// <summary>
    /// Reads every account that was there at the start, once each, a page of up to 1000 at a time and only as far as the reader goes:
    /// <c>await foreach (var account in client.ListAllAccountsAsync())</c>.
    /// </summary>
    /// <param name="client">The service.</param>
    /// <param name="sort"><c>createdAt:desc</c>, the newest first and the default, or <c>createdAt:asc</c>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PaymentsApiException">A page was refused; those before it have been read.</exception>
    public static IAsyncEnumerable<Account> ListAllAccountsAsync(
        this IPaymentsClient client, string? sort = null, CancellationToken cancellationToken = default) =>
        ReadAllAsync(
            async (cursor, token) =>
            {
                var answer = await (cursor is null
                    ? client.ListAccountsAsync(PageSize, sort: sort, cancellationToken: token)
                    : client.ListAccountsAsync(cursor: cursor, cancellationToken: token)).ConfigureAwait(false);
                return (answer.Cursor.Data, answer.Cursor.Next);
            },
            cancellationToken);

    // A cursor carries all that its first page was asked for, so the pages behind that are asked for by nothing else.
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
