using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Payments.Client;

/// <summary>Answers and bodies of any length, which are read as they come: no time limits them, and nothing of them is sent again.</summary>
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

    /// <summary>Reads all payments of a list. An answer that breaks off is an <see cref="IOException"/> of its stream and never its end.</summary>
    /// <param name="format"><c>ndjson</c>, the default, or <c>csv</c>.</param>
    /// <param name="sort"><c>createdAt:desc</c>, the newest first and the default, or <c>createdAt:asc</c>.</param>
    /// <param name="after">The id of the payment to go on behind, in the same order.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <returns>The payments, in UTF-8, as an import takes them; to be disposed.</returns>
    /// <exception cref="PaymentsApiException">The export was refused.</exception>
    Task<Stream> ExportPaymentsAsync(
        string? format = null, string? sort = null, string? after = null, CancellationToken cancellationToken = default);
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

    /// <inheritdoc/>
    public virtual async Task<Stream> ExportPaymentsAsync(
        string? format = null, string? sort = null, string? after = null, CancellationToken cancellationToken = default)
    {
        var parameters = ((string Name, string? Value)[])[("format", format), ("sort", sort), ("after", after)];
        var query = string.Join('&', parameters.Where(one => one.Value is not null).Select(one => $"{one.Name}={Uri.EscapeDataString(one.Value!)}"));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/payments/payments/export?{query}");
        var response = await SendStreamAsync(request, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendStreamAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Options.Set(StreamRequest.Key, true);
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

/// <summary>Marks a request whose body or answer is a stream, so that it is neither timed, nor buffered, nor sent twice.</summary>
internal static class StreamRequest
{
    public static readonly HttpRequestOptionsKey<bool> Key = new("Payments.Client.Stream");

    public static bool IsStream(this HttpRequestMessage request) => request.Options.TryGetValue(Key, out var isStream) && isStream;
}
