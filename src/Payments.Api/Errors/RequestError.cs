using Payments.Api.Json;
using Payments.Domain;

namespace Payments.Api.Errors;

/// <summary>Why a request or a line of an import failed, as the client reads it.</summary>
internal sealed record RequestError(int Status, string Code, string Message, IReadOnlyList<FieldError>? Errors = null)
{
    /// <summary>The error that an exception stands for; null for a fault of the service.</summary>
    public static RequestError? Of(Exception exception) => exception switch
    {
        ValidationException e => new(400, ErrorCode.Validation, Sentences(e.Errors), e.Errors),
        InvalidIdException e => new(400, ErrorCode.InvalidId, e.Message),
        InvalidBodyException { Errors: [] } e => new(400, ErrorCode.MissingOrInvalidBody, e.Message),
        InvalidBodyException e => new(400, ErrorCode.MissingOrInvalidBody, Sentences(e.Errors), e.Errors),
        LineTooLongException => Problems.LineTooLong,
        NotFoundException e => new(404, ErrorCode.NotFound, e.Message),
        ConflictException e => new(409, ErrorCode.Conflict, $"{e.Message} {Sentences(e.Errors)}", e.Errors),
        PreconditionFailedException e => new(412, ErrorCode.PreconditionFailed, e.Message),
        UnavailableException => Problems.Unavailable,
        _ => null,
    };

    /// <summary>The broken rules by field; null if there are none.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>>? ByField(IReadOnlyList<FieldError>? errors) =>
        errors is null or []
            ? null
            : errors.GroupBy(error => error.Field).ToDictionary(
                field => field.Key,
                field => (IReadOnlyList<string>)[.. field.Select(error => error.Rule)]);

    private static string Sentences(IReadOnlyList<FieldError> errors) =>
        string.Join(' ', errors.Select(error => $"{error.Field} {error.Rule}."));
}
