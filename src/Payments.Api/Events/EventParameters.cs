using System.Globalization;
using NJsonSchema;
using NSwag.Generation.Processors;
using NSwag.Generation.Processors.Contexts;
using Payments.Api.Http;
using Payments.Domain.Events;

namespace Payments.Api.Events;

/// <summary>The parameters of the feed, read from the query itself, because MVC would ignore a mistyped name.</summary>
internal sealed record EventParameters(string? Epoch, long After, int Limit, EventKind Kinds, TimeSpan Timeout)
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;
    public const int MaxTimeoutSeconds = 30;

    private static readonly string[] OfFeed = ["epoch", "after", "limit", "type", "timeout"];
    private static readonly string[] OfPayment = ["after", "limit"];
    private static readonly EventKind AllKinds = Enum.GetValues<EventKind>().Aggregate((kinds, kind) => kinds | kind);

    /// <exception cref="ValidationException">A parameter is unknown or breaks its rule.</exception>
    public static EventParameters Read(IQueryCollection query, bool isFeed)
    {
        var names = isFeed ? OfFeed : OfPayment;
        var validation = new Validation();
        foreach (var (name, values) in query)
        {
            validation.AddIf(!names.Contains(name), name, $"is not a parameter of this list; its parameters are {string.Join(", ", names)}");
            validation.AddIf(name != "type" && values.Count > 1, name, "must be given only once");
        }

        var kinds = default(EventKind);
        foreach (var type in query["type"])
        {
            validation.AddIf(!WireName<EventKind>.TryParse(type ?? "", out var kind), "type", WireName<EventKind>.Rule);
            kinds |= kind;
        }

        var parameters = new EventParameters(
            query["epoch"] is [{ } epoch] ? epoch : null,
            Number("after", 0, 0, long.MaxValue - MaxLimit * 1000L, "must be a position: 0 for the beginning, or the id of an event"),
            (int)Number("limit", DefaultLimit, 1, MaxLimit, $"must be a whole number from 1 to {MaxLimit}"),
            kinds == default ? AllKinds : kinds,
            TimeSpan.FromSeconds(Number("timeout", 0, 0, MaxTimeoutSeconds, $"must be a whole number of seconds from 0 to {MaxTimeoutSeconds}")));
        validation.ThrowIfInvalid();
        return parameters;

        long Number(string name, long missing, long min, long max, string rule)
        {
            if (query[name] is not [var text])
            {
                return missing;
            }

            var isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max;
            validation.AddIf(!isNumber, name, rule);
            return number;
        }
    }
}

/// <summary>Documents <c>after</c> and <c>limit</c>.</summary>
internal class PositionParameters : IOperationProcessor
{
    public virtual bool Process(OperationProcessorContext context)
    {
        context.AddQueryParameter("after", "The position after which the events start. The default is 0, the beginning.", Integer("int64", 0, 0));
        context.AddQueryParameter("limit", $"The max number of events, 1 to {EventParameters.MaxLimit}.", Integer("int32", 1, EventParameters.DefaultLimit));
        return true;
    }

    protected static JsonSchema Integer(string format, int min, int value) =>
        new() { Type = JsonObjectType.Integer, Format = format, Minimum = min, Default = value };
}

/// <summary>Documents the parameters of the feed.</summary>
internal sealed class FeedParameters : PositionParameters
{
    public override bool Process(OperationProcessorContext context)
    {
        context.AddQueryParameter(
            "epoch", "The epoch in which the position was read. The default is the current epoch.", new JsonSchema { Type = JsonObjectType.String });
        base.Process(context);
        context.AddQueryParameter(
            "type",
            "The kind of the events. It can be repeated. The default is all kinds.",
            new JsonSchema { Type = JsonObjectType.Array, Item = context.SchemaOf(typeof(EventKind)) });
        context.AddQueryParameter(
            "timeout",
            $"How many seconds to wait for an event if there is none, up to {EventParameters.MaxTimeoutSeconds}. If none comes, the response is empty.",
            Integer("int32", 0, 0));
        return true;
    }
}
