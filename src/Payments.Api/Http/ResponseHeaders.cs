using Microsoft.Net.Http.Headers;

namespace Payments.Api.Http;

/// <summary>The action's response has the header Idempotent-Replayed if the request changed nothing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ReplayHeaderAttribute : Attribute;

internal static class ResponseHeaders
{
    public const string Replayed = "Idempotent-Replayed";
    private const string Epoch = "Payments-Epoch";
    private const string Position = "Payments-Position";

    public static void MarkIfReplayed(this HttpResponse response, RecordOutcome outcome)
    {
        if (outcome == RecordOutcome.Replayed)
        {
            response.Headers[Replayed] = "true";
        }
    }

    /// <summary>Sets the position up to which all events were looked at, and the epoch of the record.</summary>
    public static void MarkPosition(this HttpResponse response, string epoch, long position)
    {
        response.Headers[Epoch] = epoch;
        response.Headers[Position] = $"{position}";
    }

    /// <summary>Sets the ETag. True if If-None-Match names it, so the response is 304.</summary>
    public static bool IsNotModified(this ControllerBase controller, string version)
    {
        var tag = new EntityTagHeaderValue($"\"{version}\"");
        controller.Response.GetTypedHeaders().ETag = tag;
        return controller.Request.GetTypedHeaders().IfNoneMatch
            .Any(seen => seen.Equals(EntityTagHeaderValue.Any) || seen.Compare(tag, useStrongComparison: false));
    }
}
