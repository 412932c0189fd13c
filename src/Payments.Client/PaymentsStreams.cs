using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Payments.Client;

/// <summary>The part of the client that is written by hand.</summary>
public partial interface IPaymentsClient
{
    /// <summary>
    /// Records many payments, each once. The answers come in the order of the lines, the first of them when the last line is sent; the same
    /// lines may be sent again. A token is got before, and not renewed in the midst.
    /// </summary>
    /// <param name="lines">A request of a create or an exported payment in each line, or CSV with the columns of an export. It is left open.</param>
    /// <param name="mediaType"><c>application/x-ndjson</c>, the default, or <c>text/csv</c>.</param>
    /// <param name="cancellationToken">Ends the sending and the reading.</param>
    /// <exception cref="PaymentsApiException">The import was refused; nothing was recorded.</exception>
    /// <exception cref="HttpRequestException">The connection was lost; what was answered until then is recorded, and perhaps more.</exception>
    IAsyncEnumerable<ImportedLine> ImportPaymentsAsync(
        Stream lines, string mediaType = "application/x-ndjson", CancellationToken cancellationToken = default);
}

public partial class PaymentsClient
{
    /// <inheritdoc/>
    public virtual async IAsyncEnumerable<ImportedLine> ImportPaymentsAsync(
        Stream lines, string mediaType = "application/x-ndjson", [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // It is not disposed, for that would close the lines.
        var request = new HttpRequestMessage(HttpMethod.Post, "api/payments/payments/import")
        {
            Content = new StreamContent(lines) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } },
            Headers = { Accept = { new("application/x-ndjson"), new("application/problem+json") } },
        };
        using var response = await SendStreamAsync(request, cancellationToken).ConfigureAwait(false);
        using var answers = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Encoding.UTF8);
        while (await answers.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
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

        using (response)
        {
            var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => header.Value);
            var problem = await ReadObjectResponseAsync<Problem>(response, headers, cancellationToken).ConfigureAwait(false);
            throw new PaymentsApiException<Problem>(
                problem.Object.ErrorMessage, (int)response.StatusCode, problem.Text, headers, problem.Object, null);
        }
    }
}

/// <summary>Tells a request whose body or answer is a stream, so that it is neither timed, nor buffered, nor sent twice.</summary>
internal static class StreamRequest
{
    public static bool IsStream(this HttpRequestMessage request) =>
        request.RequestUri!.Segments is [.., "payments/", "import" or "export"];
}
