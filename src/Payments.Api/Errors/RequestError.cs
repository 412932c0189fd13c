using System.Runtime.CompilerServices;
using Payments.Api.Json;
using Payments.Application.Events;
using Payments.Application.Reports;

namespace Payments.Api.Errors;

/// <summary>Why a request or a line of an import failed, as the client reads it.</summary>
internal sealed record RequestError(int Status, string Code, string Message, IReadOnlyList<FieldError>? Errors = null)
{
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? ErrorsByField => Errors is null or []
        ? null : Errors.GroupBy(error => error.Field, error => error.Rule).ToDictionary(rules => rules.Key, rules => (IReadOnlyList<string>)[.. rules]);

    /// <summary>The error that an exception stands for; null for a fault of the service.</summary>
    public static RequestError? Of(Exception exception) => exception switch
    {
        ValidationException e => Problems.Invalid.With(e.Errors),
        InvalidIdException => Problems.InvalidId with { Message = exception.Message },
        InvalidBodyException { Errors: [] } => Problems.InvalidBody with { Message = exception.Message },
        InvalidBodyException e => Problems.InvalidBody.With(e.Errors),
        LineTooLongException => Problems.LineTooLong with { Message = exception.Message },
        UnusableLineException => Problems.Invalid with { Message = exception.Message },
        NotFoundException => Problems.NotFound with { Message = exception.Message },
        ConflictException e => Problems.Conflict.With(e.Errors, $"{e.Message} "),
        FeedRestartedException => Problems.FeedRestarted with { Message = exception.Message },
        PreconditionFailedException => Problems.PreconditionFailed with { Message = exception.Message },
        UnavailableException => Problems.Unavailable,
        _ => null,
    };

    private RequestError With(IReadOnlyList<FieldError> errors, string reason = "") =>
        this with { Message = reason + string.Join(' ', errors.Select(error => $"{error.Field} {error.Rule}.")), Errors = errors };
}

internal sealed class InvalidIdException(string message) : Exception(message)
{
    public static TId Read<TId>(string text, [CallerArgumentExpression(nameof(text))] string parameter = "") where TId : IValueObject<TId> =>
        TId.TryParse(text, out var id) ? id : throw new InvalidIdException($"{parameter} {TId.Rule}.");
}

/// <param name="lines">The number of lines that a record of CSV spans.</param>
internal sealed class LineTooLongException(long lines = 1) : Exception(
    lines == 1 ? Problems.LineTooLong.Message : $"{Problems.LineTooLong.Message} It spans {lines} lines; check its quotes.");
