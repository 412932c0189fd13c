using System.Runtime.CompilerServices;

namespace Payments.Client;

/// <summary>All payments of a list, without its pages.</summary>
public static class PaymentsEnumeration
{
    // The most that the service puts on a page.
    private const long PageSize = 1000;

    /// <summary>
    /// Reads every payment that was there at the start, once each, a page of up to 1000 at a time and only as far as the reader goes:
    /// <c>await foreach (var payment in client.ListAllPaymentsAsync())</c>.
    /// </summary>
    /// <param name="client">The service.</param>
    /// <param name="sort"><c>createdAt:desc</c>, the newest first and the default, or <c>createdAt:asc</c>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PaymentsApiException">A page was refused; those before it have been read.</exception>
    public static async IAsyncEnumerable<Payment> ListAllPaymentsAsync(
        this IPaymentsClient client, string? sort = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var page = (await client.ListPaymentsAsync(PageSize, sort: sort, cancellationToken: cancellationToken).ConfigureAwait(false)).Cursor;
        while (true)
        {
            foreach (var payment in page.Data)
            {
                yield return payment;
            }

            if (page.Next is null)
            {
                yield break;
            }

            page = (await client.ListPaymentsAsync(cursor: page.Next, cancellationToken: cancellationToken).ConfigureAwait(false)).Cursor;
        }
    }
}
