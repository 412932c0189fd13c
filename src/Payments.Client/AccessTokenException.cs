namespace Payments.Client;

/// <summary>The token endpoint returned no token, so the request was not sent.</summary>
public sealed class AccessTokenException : HttpRequestException
{
    internal AccessTokenException(string message, Exception? innerException, HttpStatusCode? status = null, string? error = null, string? description = null)
        : base(message, innerException, status)
    {
        Error = error;
        ErrorDescription = description;
    }

    /// <summary>The endpoint's <c>error</c> (RFC 6749, 5.2), such as <c>invalid_client</c>; null if there is none.</summary>
    public string? Error { get; }

    /// <summary>The endpoint's <c>error_description</c>; null if there is none.</summary>
    public string? ErrorDescription { get; }

    internal bool IsTransient => StatusCode is null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;
}
