using Microsoft.AspNetCore.WebUtilities;
using Payments.Api.Hosting;
using Payments.Api.Json;
using Payments.Dashboard.Shell;

namespace Payments.Api.Errors;

/// <summary>Every kind of problem: its status, its errorCode and its text, which the OpenAPI document shows too.</summary>
/// <remarks>Clients depend on the errorCodes, so they never change. Some texts are replaced by one for the occurrence.</remarks>
internal static class Problems
{
    public static readonly RequestError InvalidBody = new(400, "MISSING_OR_INVALID_BODY", "The request is not valid HTTP.");
    public static readonly RequestError InvalidForm = InvalidBody with { Message = "The form in the body cannot be read." };
    public static readonly RequestError Invalid = new(400, "VALIDATION", "The request cannot be processed.");
    public static readonly RequestError InvalidId = new(400, "INVALID_ID", "The id cannot be decoded.");
    public static readonly RequestError Unauthorized = new(401, "UNAUTHORIZED",
        "A valid bearer token is required. If a token was sent, WWW-Authenticate describes what is wrong with it.");
    public static readonly RequestError Forbidden = new(403, "FORBIDDEN", "The token does not have the required scope. WWW-Authenticate names the scope.");
    public static readonly RequestError NotFound = new(404, "NOT_FOUND", "No resource exists at this URL.");
    public static readonly RequestError MethodNotAllowed = new(405, "METHOD_NOT_ALLOWED",
        "This URL does not support the method. Allow lists the supported methods.");
    public static readonly RequestError NotAcceptable = new(406, "NOT_ACCEPTABLE",
        $"The Accept header does not allow the response, which is {MediaTypes.Json}; for an import {MediaTypes.Ndjson}; for an export {MediaTypes.Ndjson} or, with format=csv, {MediaTypes.Csv}; for a checkpoint {MediaTypes.Jose}.");
    public static readonly RequestError RequestTimeout = new(408, "REQUEST_TIMEOUT",
        "The body did not arrive, or arrived too slowly. Send the same request again.");
    public static readonly RequestError Conflict = new(409, "CONFLICT", "The request contradicts what is recorded.");
    public static readonly RequestError FeedRestarted = new(409, "FEED_RESTARTED", "The event record restarted.");
    public static readonly RequestError PreconditionFailed = new(412, "PRECONDITION_FAILED", "The payment no longer has the version in If-Match.");
    public static readonly RequestError BodyTooLarge = new(413, "BODY_TOO_LARGE", $"The body is larger than {Limits.BodyBytes / 1024} KiB.");
    public static readonly RequestError LineTooLong = BodyTooLarge with
    {
        Message = $"The line is larger than {Limits.BodyBytes / 1024} KiB, or {Limits.ExportedPaymentBytes / 1024 / 1024} MiB for a payment with its adjustments.",
    };
    public static readonly RequestError UnsupportedMediaType = new(415, "UNSUPPORTED_MEDIA_TYPE",
        $"The body must be {MediaTypes.Json} in UTF-8 without a Content-Encoding. For an import, it must be {MediaTypes.Ndjson} or {MediaTypes.Csv}, uncompressed or with Content-Encoding: gzip.");
    public static readonly RequestError TooManyRequests = new(429, "TOO_MANY_REQUESTS",
        "Rate limit exceeded. Nothing was recorded. Send the same request again after the delay in Retry-After.");
    public static readonly RequestError TooManyStreams = TooManyRequests with
    {
        Message = "Too many imports or exports are running at the same time. Nothing was recorded. Send the same request again after the delay in Retry-After.",
    };
    public static readonly RequestError TooManyLongPolls = TooManyRequests with
    {
        Message = "Too many requests are waiting for events. Send the same request again after the delay in Retry-After, or without timeout. The operator can raise Events:MaxLongPolls.",
    };
    public static readonly RequestError Internal = new(500, "INTERNAL",
        "The service failed because of an internal error. Its log has the details under this traceId.");
    public static readonly RequestError LineFailed =
        Internal with { Message = "The service failed on this line because of an internal error. Its log has the details. The line can be sent again." };
    public static readonly RequestError Unavailable = new(503, "UNAVAILABLE",
        "The database or the authorization server is unavailable. The request took effect completely or not at all. Send it again after the delay in Retry-After.");
    public static readonly RequestError NotReady = Unavailable with { Message = "The service is not ready." };

    private static readonly Dictionary<int, RequestError> ByStatus =
        ((RequestError[])[InvalidBody, Unauthorized, Forbidden, NotFound, MethodNotAllowed, NotAcceptable, RequestTimeout, BodyTooLarge, UnsupportedMediaType, NotReady])
            .ToDictionary(error => error.Status);

    /// <summary>Must be called before AddControllers: MVC adds a writer that writes nothing, and the first writer is used.</summary>
    public static void AddProblems(this IServiceCollection services)
    {
        // A type would be a link to an RFC. errorCode identifies the kind of problem.
        services.AddProblemDetails(options => options.CustomizeProblemDetails = context => context.ProblemDetails.Type = null);
        services.AddExceptionHandler<ProblemExceptionHandler>();
    }

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages(pages => pages.HttpContext.WriteProblemAsync(OfStatus(pages.HttpContext.Response.StatusCode)));
    }

    /// <summary>The problem of a response that has a status and no body.</summary>
    public static RequestError OfStatus(int status) => ByStatus.GetValueOrDefault(status) ?? (status < 500 ? Invalid : Internal) with { Status = status };

    public static async Task WriteProblemAsync(this HttpContext context, RequestError error)
    {
        context.Response.StatusCode = error.Status;
        if (ErrorPage.IsExpected(context.Request) && context.RequestServices.GetService<ErrorPage>() is { } page)
        {
            await page.WriteStatusAsync(context, error.Message);
            return;
        }

        // The framework writes no problem if Accept excludes JSON, but an error without a reason helps no client.
        context.Request.Headers.Accept = default;
        var problem = new ProblemDetails { Title = ReasonPhrases.GetReasonPhrase(error.Status), Status = error.Status, Detail = error.Message };
        problem.Extensions["errorCode"] = error.Code;
        problem.Extensions["errorMessage"] = error.Message;
        if (error.ErrorsByField is { } errors)
        {
            problem.Extensions["errors"] = errors;
        }

        await context.RequestServices.GetRequiredService<IProblemDetailsService>().WriteAsync(new() { HttpContext = context, ProblemDetails = problem });
    }
}
