using Microsoft.Net.Http.Headers;

namespace Payments.Api.Json;

/// <summary>The media types of requests and responses.</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";

    public const string ProblemJson = "application/problem+json";

    public const string Ndjson = "application/x-ndjson";

    public const string Csv = "text/csv";

    /// <summary>The media type of a body in uncompressed UTF-8, in lower case; null for every other body.</summary>
    public static string? OfUtf8Body(HttpRequest request) =>
        request.Headers.ContentEncoding.All(encoding => "identity".Equals(encoding, StringComparison.OrdinalIgnoreCase))
        && MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && HeaderUtilities.RemoveQuotes(type.Charset).ToString().ToUpperInvariant() is "" or "UTF-8" or "UTF8"
            ? type.MediaType.ToString().ToLowerInvariant()
            : null;
}
