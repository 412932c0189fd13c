namespace Payments.Api.Errors;

/// <summary>The values of <c>errorCode</c>. Clients depend on them, so they never change.</summary>
internal static class ErrorCode
{
    public const string MissingOrInvalidBody = "MISSING_OR_INVALID_BODY";
    public const string Validation = "VALIDATION";
    public const string InvalidId = "INVALID_ID";
    public const string Unauthorized = "UNAUTHORIZED";
    public const string Forbidden = "FORBIDDEN";
    public const string NotFound = "NOT_FOUND";
    public const string MethodNotAllowed = "METHOD_NOT_ALLOWED";
    public const string NotAcceptable = "NOT_ACCEPTABLE";
    public const string Conflict = "CONFLICT";
    public const string PreconditionFailed = "PRECONDITION_FAILED";
    public const string BodyTooLarge = "BODY_TOO_LARGE";
    public const string UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE";
    public const string RequestTimeout = "REQUEST_TIMEOUT";
    public const string TooManyRequests = "TOO_MANY_REQUESTS";
    public const string Internal = "INTERNAL";
    public const string Unavailable = "UNAVAILABLE";
}
