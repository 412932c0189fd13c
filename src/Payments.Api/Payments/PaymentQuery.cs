using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>The contract's <c>query</c> parameter: a filter as JSON.</summary>
internal static class PaymentQuery
{
    private const string Parameter = "query";

    private const string Operators = "$match, $in, $lt, $lte, $gt, $gte, $exists, $and, $or, $not";

    private const string Example = """{"$match":{"status":"SUCCEEDED"}}""";

    private static readonly string FieldNames = string.Join(", ", PaymentField.All.Select(field => field.Name).Append("metadata[key]"));

    private static readonly string OrderedFieldNames = string.Join(", ", PaymentField.All.OfType<OrderedPaymentField>().Select(field => field.Name));

    /// <summary>The description in the OpenAPI document.</summary>
    public static string Description { get; } =
        "A filter as JSON, such as `{\"$and\":[{\"$match\":{\"status\":\"SUCCEEDED\"}},{\"$gte\":{\"amount\":100}}]}`. Each object has one key.\n"
        + $"- `$match` compares a field with a value, `$in` with an array of values. The fields are {FieldNames}.\n"
        + $"- `$lt`, `$lte`, `$gt` and `$gte` compare a field with a value. The fields are {OrderedFieldNames}.\n"
        + "- `$exists` tests whether a payment has `metadata[key]`. The value is `true` or `false`.\n"
        + "- `$and` and `$or` contain an array of filters, `$not` contains one filter.\n\n"
        + $"A filter can have up to {PaymentFilter.MaxDepth} levels. Together with the other filter parameters, it can have up to {PaymentFilter.MaxTerms} values and "
        + $"{PaymentFilterParameters.MaxBytes / 1024} KiB.";

    // Deeper than any valid filter, so that the response can name the level that is too deep.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a filter. Adds each broken rule to the validation by its place, such as <c>query.$and[0].$match.status</c>.</summary>
    public static PaymentFilter Read(string json, Validation validation, int maxDepth = PaymentFilter.MaxDepth)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.GetPropertyCount() == 0
                ? PaymentFilter.None
                : Read(document.RootElement, Parameter, maxDepth, validation);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, a duplicate key or a lone surrogate.
            validation.Add(Parameter, $"must be JSON such as {Example}, with each key of an object once");
            return PaymentFilter.None;
        }
    }

    /// <summary>Writes a filter as <see cref="Read(string, Validation, int)"/> reads it; empty for a filter that matches every payment.</summary>
    public static string Write(PaymentFilter filter) => filter is PaymentFilter.All { Filters: [] } ? "" : ToJson(filter).ToJsonString(Readable);

    /// <summary>Reads the key in <c>metadata[key]</c>.</summary>
    public static bool TryReadMetadataKey(string name, [NotNullWhen(true)] out string? key)
    {
        var isKey = name.StartsWith("metadata[", StringComparison.Ordinal) && name.EndsWith(']');
        key = isKey ? name["metadata[".Length..^1] : null;
        return isKey;
    }

    private static PaymentFilter Read(JsonElement element, string place, int depth, Validation validation)
    {
        if (depth == 0)
        {
            validation.Add(place, $"must be at most {PaymentFilter.MaxDepth} levels deep");
            return PaymentFilter.None;
        }

        if (!TryReadOnly(element, place, $"an operator, such as {Example}", validation, out var member))
        {
            return PaymentFilter.None;
        }

        var inside = $"{place}.{member.Name}";
        switch (member.Name)
        {
            case "$and":
                return new PaymentFilter.All(ReadEach(member.Value, inside, depth, validation));
            case "$or":
                return new PaymentFilter.Any(ReadEach(member.Value, inside, depth, validation));
            case "$not":
                return new PaymentFilter.Except(Read(member.Value, inside, depth - 1, validation));
            case "$exists":
                return ReadExists(member.Value, inside, validation);
            case "$match" or "$in" or "$lt" or "$lte" or "$gt" or "$gte":
                return ReadComparison(member.Name, member.Value, inside, validation);
            default:
                validation.Add(inside, $"is not an operator; the operators are {Operators}");
                return PaymentFilter.None;
        }
    }

    private static List<PaymentFilter> ReadEach(JsonElement element, string place, int depth, Validation validation)
    {
        if (element.ValueKind == JsonValueKind.Array && element.GetArrayLength() > 0)
        {
            return [.. element.EnumerateArray().Select((one, index) => Read(one, $"{place}[{index}]", depth - 1, validation))];
        }

        validation.Add(place, "must be an array of at least one filter");
        return [];
    }

    private static PaymentFilter ReadExists(JsonElement element, string place, Validation validation)
    {
        if (!TryReadField(element, place, validation, out var field, out var value))
        {
            return PaymentFilter.None;
        }

        if (field is not MetadataField metadata)
        {
            validation.Add($"{place}.{field.Name}", "cannot be used with $exists; only metadata[key] can, because every payment has the other fields");
            return PaymentFilter.None;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            validation.Add($"{place}.{field.Name}", "must be true or false");
        }

        var has = new PaymentFilter.HasMetadata(metadata.Key);
        return value.ValueKind == JsonValueKind.False ? new PaymentFilter.Except(has) : has;
    }

    private static PaymentFilter ReadComparison(string comparison, JsonElement element, string place, Validation validation)
    {
        if (!TryReadField(element, place, validation, out var field, out var value))
        {
            return PaymentFilter.None;
        }

        var inside = $"{place}.{field.Name}";
        if (comparison == "$in")
        {
            if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            {
                validation.Add(inside, "must be an array of at least one value");
                return PaymentFilter.None;
            }

            return new PaymentFilter.OneOf(field, [.. value.EnumerateArray().Select((one, index) => ReadValue(field, one, $"{inside}[{index}]", validation)).Distinct()]);
        }

        var text = ReadValue(field, value, inside, validation);
        if (comparison == "$match")
        {
            return new PaymentFilter.OneOf(field, [text]);
        }

        if (field is OrderedPaymentField ordered)
        {
            return new PaymentFilter.Compared(ordered, WireName<Comparison>.Parse(comparison), text);
        }

        validation.Add(inside, $"cannot be used with {comparison}; only {OrderedFieldNames} can");
        return PaymentFilter.None;
    }

    private static string ReadValue(PaymentField field, JsonElement value, string place, Validation validation)
    {
        if (value.ValueKind != (field.IsNumber ? JsonValueKind.Number : JsonValueKind.String))
        {
            validation.Add(place, field.IsNumber ? "must be a JSON number, not quoted" : "must be a JSON string");
            return "";
        }

        if (field.Parse(field.IsNumber ? value.GetRawText() : value.GetString()!) is { } text)
        {
            return text;
        }

        validation.Add(place, field.Rule);
        return "";
    }

    private static bool TryReadField(
        JsonElement element, string place, Validation validation, [NotNullWhen(true)] out PaymentField? field, out JsonElement value)
    {
        (field, value) = (null, default);
        if (!TryReadOnly(element, place, "a field, such as {\"status\":\"SUCCEEDED\"}", validation, out var member))
        {
            return false;
        }

        value = member.Value;
        if (TryReadMetadataKey(member.Name, out var key))
        {
            field = PaymentField.Metadata(key);
            if (!Metadata.IsKey(key))
            {
                validation.Add($"{place}.{member.Name}", Metadata.KeyRule);
                return false;
            }

            return true;
        }

        field = PaymentField.All.FirstOrDefault(known => known.Name == member.Name);
        if (field is not null)
        {
            return true;
        }

        validation.Add($"{place}.{member.Name}", $"is not a field; the fields are {FieldNames}");
        return false;
    }

    private static bool TryReadOnly(JsonElement element, string place, string what, Validation validation, out JsonProperty member)
    {
        member = default;
        if (element.ValueKind != JsonValueKind.Object || element.GetPropertyCount() != 1)
        {
            validation.Add(place, $"must be an object with one key: {what}");
            return false;
        }

        member = element.EnumerateObject().First();
        return true;
    }

    private static JsonObject ToJson(PaymentFilter filter) => filter switch
    {
        PaymentFilter.All all => new() { ["$and"] = new JsonArray([.. all.Filters.Select(ToJson)]) },
        PaymentFilter.Any any => new() { ["$or"] = new JsonArray([.. any.Filters.Select(ToJson)]) },
        PaymentFilter.Except except => new() { ["$not"] = ToJson(except.Filter) },
        PaymentFilter.HasMetadata has => new() { ["$exists"] = new JsonObject { [PaymentField.Metadata(has.Key).Name] = true } },
        PaymentFilter.Compared compared => new()
        {
            [WireName<Comparison>.Of(compared.Comparison)] = new JsonObject { [compared.Field.Name] = ToJson(compared.Field, compared.Value) },
        },
        PaymentFilter.OneOf oneOf => new()
        {
            ["$in"] = new JsonObject { [oneOf.Field.Name] = new JsonArray([.. oneOf.Values.Select(value => ToJson(oneOf.Field, value))]) },
        },
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "Not a filter."),
    };

    private static JsonNode ToJson(PaymentField field, string value) => field.IsNumber ? JsonNode.Parse(value)! : JsonValue.Create(value);
}
