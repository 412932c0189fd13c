using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;
using Payments.Domain;

namespace Payments.Api.Errors;

/// <summary>Turns what a request failed with into its answer; what is not a caller's doing is logged here, once.</summary>
internal sealed partial class ProblemExceptionHandler(ProblemWriter problems, ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    // How long a caller is asked to wait before it sends the same request again, where the store does not say.
    private const int RetryAfterSeconds = 2;

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (RequestError.Of(exception) is { } refusal)
        {
            if (refusal.Status == StatusCodes.Status503ServiceUnavailable)
            {
                LogUnavailable(logger, exception.Message);
                httpContext.Response.Headers.RetryAfter = $"{(exception as UnavailableException)?.RetryAfter?.TotalSeconds ?? RetryAfterSeconds:0}";
            }

            await problems.WriteAsync(httpContext, refusal.Status, refusal.Code, refusal.Message, refusal.Errors);
            return true;
        }

        switch (exception)
        {
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
            // Its sender is gone; the first is known before the second.
            case ConnectionResetException:
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

    [LoggerMessage(1, LogLevel.Error, "A request failed")]
    private static partial void LogFault(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "A request was refused for now: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string reason);
}
