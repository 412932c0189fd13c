using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;
using Payments.Api.Http;
using Payments.Application.Events;

namespace Payments.Api.Errors;

/// <summary>Writes the problem for an exception, and logs faults of the service once.</summary>
internal sealed partial class ProblemExceptionHandler(ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var error = RequestError.Of(exception) ?? exception switch
        {
            BadHttpRequestException e => Problems.OfStatus(e.StatusCode),
            InvalidDataException when httpContext.Request.HasFormContentType => Problems.InvalidForm,
            NotSupportedException when httpContext.Request.HasFormContentType => Problems.UnsupportedMediaType,
            _ => null,
        };
        // A reset connection is reported before RequestAborted is canceled.
        if (error is null && (exception is ConnectionResetException || httpContext.RequestAborted.IsCancellationRequested))
        {
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        if (error is null)
        {
            LogFault(logger, exception);
        }
        else if (exception is UnavailableException unavailable)
        {
            LogUnavailable(logger, exception.Message);
            // Two seconds, unless the database says how long to wait.
            httpContext.Response.Headers.RetryAfter = $"{unavailable.RetryAfter?.TotalSeconds ?? 2:0}";
        }

        if (exception is FeedRestartedException restarted)
        {
            httpContext.Response.MarkPosition(restarted.Record.Epoch, restarted.Record.Position);
        }

        await httpContext.WriteProblemAsync(error ?? Problems.Internal);
        return true;
    }

    [LoggerMessage(1, LogLevel.Error, "A request failed because of an internal error")]
    private static partial void LogFault(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "A request got 503: {Reason}")] private static partial void LogUnavailable(ILogger logger, string reason);
}
