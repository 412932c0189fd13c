using NJsonSchema;
using NSwag.Generation.Processors;
using NSwag.Generation.Processors.Contexts;
using Payments.Api.Http;
using Payments.Api.Lists;

namespace Payments.Api.Webhooks;

/// <summary>The filter of the list of deliveries: the query parameter <c>state</c>, or the same as JSON in a cursor.</summary>
internal sealed class DeliveryStateParameter : IOperationProcessor
{
    private const string Name = "state";

    public static string? Find(string name) => name.Equals(Name, StringComparison.OrdinalIgnoreCase) ? Name : null;

    public static (DeliveryState? State, string Filter) Read(IQueryCollection query, Validation validation)
    {
        validation.AddIf(query[Name].Count > 1, Name, "must be given only once");
        return Read(ListParameters.One(query[Name]), Name, validation);
    }

    public static (DeliveryState? State, string Filter) Read(string cursorFilter, Validation validation)
    {
        if (cursorFilter.Length == 0)
        {
            return (null, "");
        }

        using var filter = JsonDocument.Parse(cursorFilter);
        var value = filter.RootElement.TryGetProperty(Name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : "";
        if (WireName<DeliveryState>.TryParse(value!, out _))
        {
            return Read(value, Name, validation);
        }

        validation.Add("cursor", ListParameters.CursorRule);
        return (null, "");
    }

    public bool Process(OperationProcessorContext context)
    {
        context.AddQueryParameter(
            Name, $"Only deliveries in this state: {string.Join(", ", WireName<DeliveryState>.All.Select(name => $"`{name}`"))}.", new JsonSchema { Type = JsonObjectType.String });
        return true;
    }

    private static (DeliveryState? State, string Filter) Read(string? text, string field, Validation validation) =>
        text is null ? (null, "") : (validation.RequiredName<DeliveryState>(field, text), $$"""{"{{Name}}":"{{text}}"}""");
}
