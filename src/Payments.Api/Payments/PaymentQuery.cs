using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>
/// The contract's <c>query</c>: a filter as JSON, <c>{"$and":[{"$match":{"status":"SUCCEEDED"}},{"$gte":{"amount":100}}]}</c>. Each object
/// has one key; the operators are <c>$match $in $lt $lte $gt $gte $exists</c> on a field, and <c>$and $or $not</c> on others.
/// </summary>
internal static class PaymentQuery
{
    private const string Parameter = "query";

    /// <summary>The names of all fields, for people.</summary>
    public static string FieldNames { get; } = string.Join(", ", PaymentField.All.Select(field => field.Name).Append("metadata[key]"));

    // Enough for the deepest filter, and then a little for the answer to name what is too deep.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a filter and adds each broken rule to the validation, by its place: <c>query.$and[0].$match.status</c>.</summary>
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
            // Not JSON, a key twice, or text that is not whole Unicode.
            validation.Add(Parameter, "must be JSON, such as {\"$match\":{\"status\":\"SUCCEEDED\"}}, each key of an object once");
            return PaymentFilter.None;
        }
    }

    /// <summary>Writes a filter so that <see cref="Read(string, Validation, int)"/> reads the same; nothing for a filter of nothing.</summary>
    public static string Write(PaymentFilter filter)
    {
        if (filter is PaymentFilter.All { Filters: [] })
        {
            return "";
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            Write(filter, writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads the key out of <c>metadata[key]</c>.</summary>
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

        if (!TryReadOnly(element, place, "an operator, such as {\"$match\":{\"status\":\"SUCCEEDED\"}}", validation, out var member))
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
                validation.Add(inside, "is not an operator; they are $match, $lt, $lte, $gt, $gte, $in, $exists, $and, $or, $not");
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
            validation.Add($"{place}.{field.Name}", "cannot be asked for with $exists, which is for metadata[key] alone: every payment has the others");
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

        validation.Add(inside, $"cannot be compared with {comparison}, which is for amount, initial_amount and created_at");
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

        validation.Add($"{place}.{member.Name}", $"is not a field; they are {FieldNames}");
        return false;
    }

    private static bool TryReadOnly(JsonElement element, string place, string what, Validation validation, out JsonProperty member)
    {
        member = default;
        if (element.ValueKind != JsonValueKind.Object || element.GetPropertyCount() != 1)
        {
            validation.Add(place, $"must be an object of one key, {what}");
            return false;
        }

        member = element.EnumerateObject().First();
        return true;
    }

    private static void Write(PaymentFilter filter, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        switch (filter)
        {
            case PaymentFilter.All all:
                WriteEach("$and", all.Filters, writer);
                break;
            case PaymentFilter.Any any:
                WriteEach("$or", any.Filters, writer);
                break;
            case PaymentFilter.Except except:
                writer.WritePropertyName("$not");
                Write(except.Filter, writer);
                break;
            case PaymentFilter.HasMetadata has:
                writer.WriteStartObject("$exists");
                writer.WriteBoolean(PaymentField.Metadata(has.Key).Name, true);
                writer.WriteEndObject();
                break;
            case PaymentFilter.Compared compared:
                writer.WriteStartObject(WireName<Comparison>.Of(compared.Comparison));
                writer.WritePropertyName(compared.Field.Name);
                WriteValue(compared.Field, compared.Value, writer);
                writer.WriteEndObject();
                break;
            case PaymentFilter.OneOf oneOf:
                writer.WriteStartObject("$in");
                writer.WriteStartArray(oneOf.Field.Name);
                foreach (var value in oneOf.Values)
                {
                    WriteValue(oneOf.Field, value, writer);
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
                break;
        }

        writer.WriteEndObject();
    }

    private static void WriteEach(string name, IReadOnlyList<PaymentFilter> filters, Utf8JsonWriter writer)
    {
        writer.WriteStartArray(name);
        foreach (var filter in filters)
        {
            Write(filter, writer);
        }

        writer.WriteEndArray();
    }

    private static void WriteValue(PaymentField field, string value, Utf8JsonWriter writer)
    {
        if (field.IsNumber)
        {
            writer.WriteRawValue(value);
        }
        else
        {
            writer.WriteStringValue(value);
        }
    }
}
