using Payments.Api.Json;
using Payments.Domain;

namespace Payments.Api.Errors;

/// <summary>Why a request or a line of an import failed, as the client reads it.</summary>
internal sealed record RequestError(int Status, string Code, string Message, IReadOnlyList<FieldError>? Errors = null)
{
    /// <summary>The error that an exception stands for; null for a fault of the service.</summary>
    public static RequestError? Of(Exception exception) => exception switch
    {
        ValidationException e => Problems.Invalid.With(e.Errors),
        InvalidIdException => Problems.InvalidId with { Message = exception.Message },
        InvalidBodyException { Errors: [] } => Problems.InvalidBody with { Message = exception.Message },
        InvalidBodyException e => Problems.InvalidBody.With(e.Errors),
        LineTooLongException => Problems.LineTooLong with { Message = exception.Message },
        NotFoundException => Problems.NotFound with { Message = exception.Message },
        ConflictException e => Problems.Conflict.With(e.Errors, $"{e.Message} "),
        PreconditionFailedException => Problems.PreconditionFailed with { Message = exception.Message },
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

    private RequestError With(IReadOnlyList<FieldError> errors, string reason = "") =>
        this with { Message = reason + string.Join(' ', errors.Select(error => $"{error.Field} {error.Rule}.")), Errors = errors };
}
