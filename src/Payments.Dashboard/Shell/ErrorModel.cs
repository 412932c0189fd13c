namespace Payments.Dashboard.Shell;

/// <summary>A page that says what went wrong and what to do.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">The heading.</param>
/// <param name="Text">What went wrong, and what to do.</param>
/// <param name="TraceId">The id of the request in the log of the service, for an internal error.</param>
public sealed record ErrorModel(int Status, string Title, string Text, string? TraceId = null)
{
    /// <summary>The page for a response that no page wrote.</summary>
    /// <param name="status">The status of the response.</param>
    /// <param name="reason">The API's description of the error.</param>
    /// <param name="isForm">Whether the request was a form.</param>
    /// <param name="traceId">The id of the request.</param>
    public static ErrorModel Of(int status, string reason, bool isForm, string traceId) => status switch
    {
        StatusCodes.Status400BadRequest when isForm => new(status, "The form cannot be read", "It may be too old, or your session may have changed. Load its page again, then send it again."),
        StatusCodes.Status403Forbidden => new(status, "Not allowed", "Your account does not have the scope for this. Ask your administrator for payments:read or payments:write."),
        StatusCodes.Status404NotFound => new(status, "Not found", "There is no page at this URL."),
        StatusCodes.Status405MethodNotAllowed => new(status, "Not possible here", "This URL does not accept the request. Start again from the overview."),
        StatusCodes.Status413PayloadTooLarge => new(status, "Too large", reason),
        StatusCodes.Status429TooManyRequests => new(status, "Too many requests", reason),
        StatusCodes.Status503ServiceUnavailable => new(status, "Not available", "The database or the authorization server does not respond. Load this page again in a moment."),
        >= 500 => new(status, "Something went wrong", "The service failed because of an internal error. Its log has the details under this id:", traceId),
        _ => new(status, "This request failed", reason),
    };
}
