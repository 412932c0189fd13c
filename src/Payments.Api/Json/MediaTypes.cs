using Microsoft.Net.Http.Headers;

namespace Payments.Api.Json;

internal static class MediaTypes
{
    public const string Json = "application/json";
    public const string ProblemJson = "application/problem+json";
    public const string Ndjson = "application/x-ndjson";
    public const string Csv = "text/csv";
    public const string Jose = "application/jose";
    public const string CloudEventsBatch = "application/cloudevents-batch+json";

    /// <summary>The media type of a body in UTF-8, in lower case; null for every other body.</summary>
    /// <param name="acceptedEncoding">The Content-Encoding that the body can have, besides identity.</param>
    public static string? OfUtf8Body(HttpRequest request, string acceptedEncoding = "identity") =>
        request.Headers.ContentEncoding.ToString().ToLowerInvariant() is var encoding
        && (encoding is "" or "identity" || encoding == acceptedEncoding)
        && MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && HeaderUtilities.RemoveQuotes(type.Charset).ToString().ToUpperInvariant() is "" or "UTF-8" or "UTF8"
            ? type.MediaType.ToString().ToLowerInvariant() : null;
}
