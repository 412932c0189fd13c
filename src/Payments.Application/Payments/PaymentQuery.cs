using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Application.Payments;

/// <summary>The contract's <c>query</c> parameter: a filter as JSON.</summary>
public sealed class PaymentQuery
{
    private const string Parameter = "query";
    private const string Operators = "$match, $in, $lt, $lte, $gt, $gte, $exists, $and, $or, $not";
    private const string Example = """{"$match":{"status":"SUCCEEDED"}}""";

    private static readonly string FieldNames = string.Join(", ", PaymentField.All.Select(field => field.Name).Append("metadata[key]"));
    private static readonly string OrderedFieldNames = string.Join(", ", PaymentField.All.OfType<OrderedPaymentField>().Select(field => field.Name));

    // Deeper than any valid filter, so that the response can name the level that is too deep.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Validation _validation;

    private PaymentQuery(Validation validation) => _validation = validation;

    /// <summary>The documentation of the parameter.</summary>
    public static string Description { get; } = $$$"""
        A filter as JSON, such as `{"$and":[{"$match":{"status":"SUCCEEDED"}},{"$gte":{"amount":100}}]}`. Each object has one key.
        - `$match` compares a field with a value, `$in` with an array of values. The fields are {{{FieldNames}}}.
        - `$lt`, `$lte`, `$gt` and `$gte` compare a field with a value. The fields are {{{OrderedFieldNames}}}.
        - `$exists` tests whether a payment has `metadata[key]`. The value is `true` or `false`.
        - `$and` and `$or` contain an array of filters, `$not` contains one filter.

        A filter can have up to {{{PaymentFilter.MaxDepth}}} levels. Together with the other filter parameters, it can have up to {{{PaymentFilter.MaxTerms}}} values and {{{PaymentFilterParameters.MaxBytes / 1024}}} KiB.
        """;

    /// <summary>Reads a filter. Adds each broken rule to the validation by its place, such as <c>query.$and[0].$match.status</c>.</summary>
    public static PaymentFilter Read(string json, Validation validation, int maxDepth = PaymentFilter.MaxDepth)
    {
        var query = new PaymentQuery(validation);
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.GetPropertyCount() == 0
                ? PaymentFilter.None : query.Read(document.RootElement, Parameter, maxDepth);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, a duplicate key or a lone surrogate.
            return query.Invalid(Parameter, $"must be JSON such as {Example}, with each key of an object once");
        }
    }

    /// <summary>Writes a filter as <see cref="Read(string, Validation, int)"/> reads it; empty for a filter that matches every payment.</summary>
    public static string Write(PaymentFilter filter) => filter is PaymentFilter.All { Filters: [] } ? "" : ToJson(filter).ToJsonString(Readable);

    /// <summary>The key in <c>metadata[key]</c>; null for another name.</summary>
    public static string? MetadataKey(string name) =>
        name.StartsWith("metadata[", StringComparison.Ordinal) && name.EndsWith(']') ? name["metadata[".Length..^1] : null;

    private PaymentFilter Read(JsonElement element, string place, int depth)
    {
        if (depth == 0)
        {
            return Invalid(place, $"must be at most {PaymentFilter.MaxDepth} levels deep");
        }

        if (OnlyMember(element) is not { Name: var name, Value: var value })
        {
            return Invalid(place, $"must be an object with one key: an operator, such as {Example}");
        }

        var inside = $"{place}.{name}";
        return name switch
        {
            "$and" => new PaymentFilter.All(ReadEach(value, inside, depth)),
            "$or" => new PaymentFilter.Any(ReadEach(value, inside, depth)),
            "$not" => new PaymentFilter.Except(Read(value, inside, depth - 1)),
            "$match" or "$in" or "$lt" or "$lte" or "$gt" or "$gte" or "$exists" => ReadComparison(name, value, inside),
            _ => Invalid(inside, $"is not an operator; the operators are {Operators}"),
        };
    }

    private List<PaymentFilter> ReadEach(JsonElement element, string place, int depth) =>
        element.ValueKind == JsonValueKind.Array && element.GetArrayLength() > 0
            ? [.. element.EnumerateArray().Select((one, index) => Read(one, $"{place}[{index}]", depth - 1))]
            : [Invalid(place, "must be an array of at least one filter")];

    private PaymentFilter ReadComparison(string comparison, JsonElement element, string place)
    {
        if (OnlyMember(element) is not { Name: var name, Value: var value })
        {
            return Invalid(place, """must be an object with one key: a field, such as {"status":"SUCCEEDED"}""");
        }

        var inside = $"{place}.{name}";
        var key = MetadataKey(name);
        var field = key is null ? PaymentField.All.FirstOrDefault(known => known.Name == name) : PaymentField.Metadata(key);
        if (field is null || (key is not null && !Metadata.IsKey(key)))
        {
            return Invalid(inside, field is null ? $"is not a field; the fields are {FieldNames}" : Metadata.KeyRule);
        }

        switch (comparison)
        {
            case "$exists" when key is null:
                return Invalid(inside, "cannot be used with $exists; only metadata[key] can, because every payment has the other fields");
            case "$exists":
                _validation.AddIf(value.ValueKind is not (JsonValueKind.True or JsonValueKind.False), inside, "must be true or false");
                var has = new PaymentFilter.HasMetadata(key);
                return value.ValueKind == JsonValueKind.False ? new PaymentFilter.Except(has) : has;
            case "$in" when value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0:
                return Invalid(inside, "must be an array of at least one value");
            case "$in":
                return new PaymentFilter.OneOf(field, [.. value.EnumerateArray().Select((one, index) => ReadValue(field, one, $"{inside}[{index}]")).Distinct()]);
        }

        var text = ReadValue(field, value, inside);
        return comparison == "$match" ? new PaymentFilter.OneOf(field, [text])
            : field is OrderedPaymentField ordered ? new PaymentFilter.Compared(ordered, WireName<Comparison>.Parse(comparison), text)
            : Invalid(inside, $"cannot be used with {comparison}; only {OrderedFieldNames} can");
    }

    private string ReadValue(PaymentField field, JsonElement value, string place)
    {
        var hasType = value.ValueKind == (field.IsNumber ? JsonValueKind.Number : JsonValueKind.String);
        var text = hasType ? field.Parse(field.IsNumber ? value.GetRawText() : value.GetString()!) : null;
        _validation.AddIf(text is null, place, hasType ? field.Rule : field.IsNumber ? "must be a JSON number, not quoted" : "must be a JSON string");
        return text ?? "";
    }

    private PaymentFilter Invalid(string place, string rule)
    {
        _validation.Add(place, rule);
        return PaymentFilter.None;
    }

    private static JsonProperty? OnlyMember(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && element.GetPropertyCount() == 1 ? element.EnumerateObject().First() : null;

    private static JsonObject ToJson(PaymentFilter filter) => filter switch
    {
        PaymentFilter.All all => new() { ["$and"] = new JsonArray([.. all.Filters.Select(ToJson)]) },
        PaymentFilter.Any any => new() { ["$or"] = new JsonArray([.. any.Filters.Select(ToJson)]) },
        PaymentFilter.Except except => new() { ["$not"] = ToJson(except.Filter) },
        PaymentFilter.HasMetadata has => new() { ["$exists"] = new JsonObject { [PaymentField.Metadata(has.Key).Name] = true } },
        PaymentFilter.Compared(var field, var comparison, var value) =>
            new() { [WireName<Comparison>.Of(comparison)] = new JsonObject { [field.Name] = ToJson(field, value) } },
        PaymentFilter.OneOf(var field, var values) =>
            new() { ["$in"] = new JsonObject { [field.Name] = new JsonArray([.. values.Select(value => ToJson(field, value))]) } },
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "Not a filter."),
    };

    private static JsonNode ToJson(PaymentField field, string value) => field.IsNumber ? JsonNode.Parse(value)! : JsonValue.Create(value);
}
