using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Payments.Domain;

namespace Payments.Api.Http;

/// <summary>The headers by which an answer says what it is: a repetition, or a version that the caller may have already.</summary>
internal static class ResponseHeaders
{
    public const string Replayed = "Idempotent-Replayed";

    public static void MarkIfReplayed(this HttpResponse response, RecordOutcome outcome)
    {
        if (outcome == RecordOutcome.Replayed)
        {
            response.Headers[Replayed] = "true";
        }
    }

    public static EntityTagHeaderValue Tag(string version) => new($"\"{version}\"");

    /// <summary>Puts the version on the answer; true where If-None-Match names it, so that 304 is the answer.</summary>
    public static bool IsKnown(this ControllerBase controller, string version)
    {
        var tag = Tag(version);
        controller.Response.GetTypedHeaders().ETag = tag;
        return controller.Request.GetTypedHeaders().IfNoneMatch
            .Any(seen => seen.Equals(EntityTagHeaderValue.Any) || seen.Compare(tag, useStrongComparison: false));
    }
}
