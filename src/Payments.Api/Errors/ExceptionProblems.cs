using Microsoft.AspNetCore.Diagnostics;
using Payments.Api.Json;
using Payments.Domain;

namespace Payments.Api.Errors;

/// <summary>Turns what a request failed with into its answer; what is not a caller's doing is logged here, once.</summary>
internal sealed partial class ExceptionProblems(ProblemWriter problems, ILogger<ExceptionProblems> logger) : IExceptionHandler
{
    // How long a caller is asked to wait before it sends the same request again.
    private const int RetryAfterSeconds = 2;

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        switch (exception)
        {
            case ValidationException e:
                await problems.WriteAsync(httpContext, 400, ErrorCode.Validation, Summary(e.Errors), e.Errors);
                break;
            case InvalidIdException e:
                await problems.WriteAsync(httpContext, 400, ErrorCode.InvalidId, e.Message);
                break;
            case NotFoundException e:
                await problems.WriteAsync(httpContext, 404, ErrorCode.NotFound, e.Message);
                break;
            case PreconditionFailedException e:
                await problems.WriteAsync(httpContext, 412, ErrorCode.PreconditionFailed, e.Message);
                break;
            case InvalidBodyException e:
                var message = e.Errors.Count == 0 ? e.Message : Summary(e.Errors);
                await problems.WriteAsync(httpContext, 400, ErrorCode.MissingOrInvalidBody, message, e.Errors);
                break;
            case ConflictException e:
                await problems.WriteAsync(httpContext, 409, ErrorCode.Conflict, $"{e.Message} {Summary(e.Errors)}", e.Errors);
                break;
            case UnavailableException e:
                LogUnavailable(logger, e);
                httpContext.Response.Headers.RetryAfter = $"{RetryAfterSeconds}";
                await problems.WriteAsync(
                    httpContext, 503, ErrorCode.Unavailable, "The payments cannot be reached now; nothing is half-written. Send the same request again.");
                break;
            case BadHttpRequestException e:
                httpContext.Response.StatusCode = e.StatusCode;
                await problems.WriteAsync(httpContext);
                break;
            case InvalidDataException when httpContext.Request.HasFormContentType:
                await problems.WriteAsync(httpContext, 400, ErrorCode.MissingOrInvalidBody, "The form cannot be read.");
                break;
            case NotSupportedException when httpContext.Request.HasFormContentType:
                httpContext.Response.StatusCode = 415;
                await problems.WriteAsync(httpContext);
                break;
            case var _ when httpContext.RequestAborted.IsCancellationRequested:
                httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
                break;
            default:
                LogFault(logger, exception);
                httpContext.Response.StatusCode = 500;
                await problems.WriteAsync(httpContext);
                break;
        }

        return true;
    }

    private static string Summary(IReadOnlyList<FieldError> errors) =>
        string.Join("; ", errors.Select(error => $"{error.Field} {error.Rule}"));

    [LoggerMessage(1, LogLevel.Error, "A request failed")]
    private static partial void LogFault(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "A request was refused for now")]
    private static partial void LogUnavailable(ILogger logger, Exception exception);
}
