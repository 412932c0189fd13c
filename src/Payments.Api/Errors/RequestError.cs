using Payments.Api.Json;
using Payments.Domain;

namespace Payments.Api.Errors;

/// <summary>Why a request, or a line of an import, was not taken, as its sender reads it.</summary>
internal sealed record RequestError(int Status, string Code, string Message, IReadOnlyList<FieldError> Errors)
{
    /// <summary>The refusal that an exception stands for; null where it is a fault of ours.</summary>
    public static RequestError? Of(Exception exception) => exception switch
    {
        ValidationException e => new(400, ErrorCode.Validation, Summary(e.Errors), e.Errors),
        InvalidIdException e => new(400, ErrorCode.InvalidId, e.Message, []),
        InvalidBodyException e => new(400, ErrorCode.MissingOrInvalidBody, e.Errors.Count == 0 ? e.Message : Summary(e.Errors), e.Errors),
        LineTooLongException e => new(413, ErrorCode.BodyTooLarge, e.Message, []),
        NotFoundException e => new(404, ErrorCode.NotFound, e.Message, []),
        ConflictException e => new(409, ErrorCode.Conflict, $"{e.Message} {Summary(e.Errors)}", e.Errors),
        PreconditionFailedException e => new(412, ErrorCode.PreconditionFailed, e.Message, []),
        UnavailableException => new(
            503, ErrorCode.Unavailable, "The payments cannot be reached now; nothing is half-written. Send the same request again.", []),
        _ => null,
    };

    /// <summary>The broken rules by the names of their fields; null where there are none.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>>? ByField(IReadOnlyList<FieldError>? errors) =>
        errors is null or []
            ? null
            : errors.GroupBy(error => error.Field).ToDictionary(
                field => field.Key,
                field => (IReadOnlyList<string>)[.. field.Select(error => error.Rule)]);

    private static string Summary(IReadOnlyList<FieldError> errors) =>
        string.Join("; ", errors.Select(error => $"{error.Field} {error.Rule}"));
}
