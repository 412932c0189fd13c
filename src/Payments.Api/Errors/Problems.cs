using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Payments.Api.Hosting;
using Payments.Api.Http;

namespace Payments.Api.Errors;

/// <summary>Every problem with a fixed text, and how problems are written. The OpenAPI document shows the same texts.</summary>
internal static class Problems
{
    public static readonly RequestError InvalidHttp = new(400, ErrorCode.MissingOrInvalidBody, "The request is not valid HTTP.");

    public static readonly RequestError InvalidForm = new(400, ErrorCode.MissingOrInvalidBody, "The form in the body cannot be read.");

    public static readonly RequestError Unauthorized = new(
        401, ErrorCode.Unauthorized, "A valid bearer token is required. If a token was sent, WWW-Authenticate describes what is wrong with it.");

    public static readonly RequestError Forbidden = new(
        403, ErrorCode.Forbidden, "The token does not have the required scope. WWW-Authenticate names the scope.");

    public static readonly RequestError NotFound = new(404, ErrorCode.NotFound, "No resource exists at this URL.");

    public static readonly RequestError MethodNotAllowed = new(
        405, ErrorCode.MethodNotAllowed, "This URL does not support the method. Allow lists the supported methods.");

    public static readonly RequestError NotAcceptable = new(
        406,
        ErrorCode.NotAcceptable,
        $"The Accept header excludes the response. A response is {MediaTypes.Json}; an import's is {MediaTypes.Ndjson}; an export's is {MediaTypes.Ndjson} or {MediaTypes.Csv}.");

    public static readonly RequestError RequestTimeout = new(
        408, ErrorCode.RequestTimeout, "The body did not arrive, or arrived too slowly. Send the same request again.");

    public static readonly RequestError BodyTooLarge = new(413, ErrorCode.BodyTooLarge, $"The body is larger than {Limits.BodyBytes / 1024} KiB.");

    public static readonly RequestError LineTooLong = new(
        413,
        ErrorCode.BodyTooLarge,
        $"The line is larger than {Limits.BodyBytes / 1024} KiB, or {Limits.ExportedPaymentBytes / 1024 / 1024} MiB for a payment with its adjustments.");

    public static readonly RequestError UnsupportedMediaType = new(
        415,
        ErrorCode.UnsupportedMediaType,
        $"The body must be {MediaTypes.Json} in UTF-8 without a Content-Encoding. For an import, it must be {MediaTypes.Ndjson} or {MediaTypes.Csv}.");

    public static readonly RequestError TooManyRequests = new(
        429, ErrorCode.TooManyRequests, "Rate limit exceeded. Nothing was recorded. Send the same request again after the delay in Retry-After.");

    public static readonly RequestError TooManyStreams = new(
        429,
        ErrorCode.TooManyRequests,
        "Too many imports or exports are running at the same time. Nothing was recorded. Send the same request again after the delay in Retry-After.");

    public static readonly RequestError Internal = new(
        500, ErrorCode.Internal, "The service failed because of an internal error. Its log has the details under this traceId.");

    public static readonly RequestError LineFailed = new(
        500, ErrorCode.Internal, "The service failed on this line because of an internal error. Its log has the details. The line can be sent again.");

    public static readonly RequestError Unavailable = new(
        503,
        ErrorCode.Unavailable,
        "The database or the authorization server is unavailable. The request took effect completely or not at all. Send it again after the delay in Retry-After.");

    public static readonly RequestError NotReady = new(503, ErrorCode.Unavailable, "The service is not ready.");

    private static readonly RequestError Rejected = new(400, ErrorCode.Validation, "The request cannot be processed.");

    /// <summary>Must be called before AddControllers: MVC adds a writer that writes nothing, and the first writer is used.</summary>
    public static void AddProblems(this IServiceCollection services) =>
        // A type would be a link to an RFC. errorCode identifies the kind of problem.
        services.AddProblemDetails(options => options.CustomizeProblemDetails = context => context.ProblemDetails.Type = null);

    /// <summary>The problem of a response that has a status and no body.</summary>
    public static RequestError OfStatus(int status) => status switch
    {
        400 => InvalidHttp,
        401 => Unauthorized,
        403 => Forbidden,
        404 => NotFound,
        405 => MethodNotAllowed,
        406 => NotAcceptable,
        408 => RequestTimeout,
        413 => BodyTooLarge,
        415 => UnsupportedMediaType,
        >= 400 and < 500 => Rejected with { Status = status },
        503 => NotReady,
        _ => Internal with { Status = status },
    };

    public static async Task WriteProblemAsync(this HttpContext context, RequestError error)
    {
        context.Response.StatusCode = error.Status;
        // The framework writes no problem if Accept excludes JSON, but an error without a reason helps no client.
        context.Request.Headers.Remove(HeaderNames.Accept);
        var problem = new ProblemDetails
        {
            Title = ReasonPhrases.GetReasonPhrase(error.Status),
            Status = error.Status,
            Detail = error.Message,
            Extensions = { ["errorCode"] = error.Code, ["errorMessage"] = error.Message },
        };
        if (RequestError.ByField(error.Errors) is { } errors)
        {
            problem.Extensions["errors"] = errors;
        }

        await context.RequestServices.GetRequiredService<IProblemDetailsService>().WriteAsync(new() { HttpContext = context, ProblemDetails = problem });
    }
}
