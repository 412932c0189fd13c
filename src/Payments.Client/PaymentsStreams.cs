using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Payments.Client;

/// <summary>Records and reads payments, accounts and connectors.</summary>
public partial interface IPaymentsClient
{
    /// <summary>Records many payments and returns the result of each line, in the order of the lines.</summary>
    /// <remarks>The first result arrives after the last line is sent. Sending the same lines again is safe. The import does not renew its token.</remarks>
    /// <param name="lines">NDJSON with a create request or an exported payment on each line, or CSV with the columns of an export. The stream stays open.</param>
    /// <param name="mediaType"><c>application/x-ndjson</c> (the default) or <c>text/csv</c>.</param>
    /// <param name="cancellationToken">Cancels the import. Lines that were sent can be recorded.</param>
    /// <exception cref="PaymentsApiException">The service rejected the import. Nothing was recorded.</exception>
    /// <exception cref="IOException">The connection was lost. The lines with a result are recorded; later lines can be recorded too.</exception>
    IAsyncEnumerable<ImportedLine> ImportPaymentsAsync(Stream lines, string mediaType = "application/x-ndjson", CancellationToken cancellationToken = default);

    /// <summary>Records the payments of a provider's report and returns the result of each line, in the order of the lines.</summary>
    /// <remarks>Lines that are no payments, such as fees, have the outcome <see cref="ImportOutcome.Skipped"/>. For the rest, see
    /// <see cref="ImportPaymentsAsync"/>.</remarks>
    /// <param name="report">CSV as the provider exports it. The stream stays open.</param>
    /// <param name="format"><c>stripe-balance</c> (the itemized balance change from activity) or <c>adyen-settlement</c> (the settlement details).</param>
    /// <param name="connectorId">The id of the connector that the payments belong to.</param>
    /// <param name="cancellationToken">Cancels the import. Lines that were sent can be recorded.</param>
    /// <exception cref="PaymentsApiException">The service rejected the import, for example because the report lacks a column. Nothing was recorded.</exception>
    /// <exception cref="IOException">The connection was lost. The lines with a result are recorded; later lines can be recorded too.</exception>
    IAsyncEnumerable<ImportedLine> ImportReportAsync(Stream report, string format, string connectorId, CancellationToken cancellationToken = default);
}

public partial class PaymentsClient
{
    /// <inheritdoc/>
    public virtual IAsyncEnumerable<ImportedLine> ImportPaymentsAsync(
        Stream lines, string mediaType = "application/x-ndjson", CancellationToken cancellationToken = default) =>
        ImportAsync("api/payments/payments/import", lines, mediaType, cancellationToken);

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<ImportedLine> ImportReportAsync(Stream report, string format, string connectorId, CancellationToken cancellationToken = default) =>
        ImportAsync(
            $"api/payments/payments/import?format={Uri.EscapeDataString(format)}&connectorID={Uri.EscapeDataString(connectorId)}", report, "text/csv", cancellationToken);

    private async IAsyncEnumerable<ImportedLine> ImportAsync(
        string path, Stream lines, string mediaType, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Disposing the request would close the stream of lines.
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StreamContent(lines) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } },
            Headers = { Accept = { new("application/x-ndjson"), new("application/problem+json") } },
        };
        using var response = await SendStreamAsync(request, cancellationToken).ConfigureAwait(false);
        using var results = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Encoding.UTF8);
        while (await results.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            yield return JsonSerializer.Deserialize<ImportedLine>(line, JsonSerializerSettings)!;
        }
    }

    private async Task<HttpResponseMessage> SendStreamAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await _httpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.OK)
        {
            return response;
        }

        using var error = response;
        var headers = error.Headers.Concat(error.Content.Headers).ToDictionary(header => header.Key, header => header.Value);
        var problem = await ReadObjectResponseAsync<Problem>(error, headers, cancellationToken).ConfigureAwait(false);
        throw new PaymentsApiException<Problem>(problem.Object.ErrorMessage, (int)error.StatusCode, problem.Text, headers, problem.Object, null);
    }
}

/// <summary>Recognizes imports and exports. They have no timeout and are neither buffered nor retried.</summary>
internal static class StreamRequest
{
    public static bool IsStream(this HttpRequestMessage request) => request.RequestUri!.Segments is [.., "payments/", "import" or "export"];
}
