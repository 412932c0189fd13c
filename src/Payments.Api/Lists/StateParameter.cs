using NJsonSchema;
using NSwag.Generation.Processors;
using NSwag.Generation.Processors.Contexts;
using Payments.Api.Http;

namespace Payments.Api.Lists;

/// <summary>The filter of a list by a state: the query parameter <c>state</c>, or the same as JSON in a cursor.</summary>
internal abstract class StateParameter<TState> : IOperationProcessor where TState : struct, Enum
{
    private const string Name = "state";

    public static string? Find(string name) => name.Equals(Name, StringComparison.OrdinalIgnoreCase) ? Name : null;

    public static (TState? State, string Filter) Read(IQueryCollection query, string? cursorFilter, Validation validation)
    {
        if (cursorFilter is not null)
        {
            return Read(cursorFilter, validation);
        }

        validation.AddIf(query[Name].Count > 1, Name, "must be given only once");
        return Read(ListParameters.One(query[Name]), Name, validation);
    }

    public bool Process(OperationProcessorContext context)
    {
        context.AddQueryParameter(
            Name, $"Only those in this state: {string.Join(", ", WireName<TState>.All.Select(name => $"`{name}`"))}.", new JsonSchema { Type = JsonObjectType.String });
        return true;
    }

    private static (TState? State, string Filter) Read(string cursorFilter, Validation validation)
    {
        if (cursorFilter.Length == 0)
        {
            return (null, "");
        }

        using var filter = JsonDocument.Parse(cursorFilter);
        var value = filter.RootElement.TryGetProperty(Name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : "";
        if (WireName<TState>.TryParse(value!, out _))
        {
            return Read(value, Name, validation);
        }

        validation.Add("cursor", ListParameters.CursorRule);
        return (null, "");
    }

    private static (TState? State, string Filter) Read(string? text, string field, Validation validation) =>
        text is null ? (null, "") : (validation.RequiredName<TState>(field, text), $$"""{"{{Name}}":"{{text}}"}""");
}
