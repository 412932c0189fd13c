using System.Text.Encodings.Web;
using Payments.Api.Hosting;

namespace Payments.Api.Json;

/// <summary>The JSON of requests, responses, imports and exports.</summary>
internal static class ApiJson
{
    public static IServiceCollection AddApiJson(this IServiceCollection services) => services.Configure<JsonOptions>(json =>
    {
        var options = json.JsonSerializerOptions;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.MaxDepth = Limits.JsonDepth;
        // A response is never embedded in HTML, so its text can stay readable.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    });
}
