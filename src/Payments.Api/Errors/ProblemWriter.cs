using System.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Payments.Api.Hosting;
using Payments.Domain;

namespace Payments.Api.Errors;

/// <summary>Writes every error answer of the service.</summary>
internal sealed class ProblemWriter(IOptions<JsonOptions> json)
{
    /// <summary>Answers a status that something else has set without saying more.</summary>
    public Task WriteAsync(HttpContext context)
    {
        var (code, message) = context.Response.StatusCode switch
        {
            400 => (ErrorCode.MissingOrInvalidBody, "The request is not one that HTTP allows."),
            401 => (ErrorCode.Unauthorized, "A valid bearer token is needed; WWW-Authenticate says what is wrong with this one, if there was one."),
            403 => (ErrorCode.Forbidden, "The token lacks the scope that this needs; WWW-Authenticate names it."),
            404 => (ErrorCode.NotFound, "There is nothing at this address."),
            405 => (ErrorCode.MethodNotAllowed, "This address does not take that method; Allow names those it takes."),
            406 => (ErrorCode.NotAcceptable, "The Accept header excludes the type of the answer, which is application/json where the contract names no other."),
            408 => (ErrorCode.RequestTimeout, "The body did not come, or came too slowly; send the same request again."),
            413 => (ErrorCode.BodyTooLarge, $"The body must be at most {Limits.BodyBytes / 1024} KiB."),
            415 => (ErrorCode.UnsupportedMediaType, "The body must be sent with Content-Type: application/json (an import's: application/x-ndjson or text/csv), in UTF-8 and without a Content-Encoding (an import's: gzip or identity)."),
            >= 400 and < 500 => (ErrorCode.Validation, "The request cannot be served."),
            503 => (ErrorCode.Unavailable, "The service is not ready; send the same request again."),
            _ => (ErrorCode.Internal, "The service has failed; its log tells more under this traceId."),
        };
        return WriteAsync(context, context.Response.StatusCode, code, message);
    }

    public Task WriteAsync(HttpContext context, int status, string code, string message, IReadOnlyList<FieldError>? errors = null)
    {
        context.Response.StatusCode = status;
        var problem = new Problem
        {
            Title = ReasonPhrases.GetReasonPhrase(status),
            Status = status,
            Detail = message,
            ErrorCode = code,
            ErrorMessage = message,
            Errors = RequestError.ByField(errors),
            TraceId = Activity.Current?.Id ?? context.TraceIdentifier,
        };
        return context.Response.WriteAsJsonAsync(
            problem, json.Value.JsonSerializerOptions, "application/problem+json", CancellationToken.None);
    }
}
