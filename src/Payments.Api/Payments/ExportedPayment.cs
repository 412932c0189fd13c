using Payments.Api.Hosting;
using Payments.Api.Json;

namespace Payments.Api.Payments;

/// <summary>A line of an export. Each member is also a column of the CSV. The metadata of the reports is written only if it was edited.</summary>
internal sealed record ExportedPayment : PaymentData
{
    [JsonPropertyOrder(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(JsonObjectTextConverter))]
    public string? ReportedMetadata { get; init; }

    [JsonPropertyOrder(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(JsonObjectTextConverter))]
    public string? EditedMetadataKeys { get; init; }
}

/// <summary>An exported payment in an import: the members of a create, and the history.</summary>
internal sealed class ExportedPaymentRequest : PaymentRequest, IKeepsRawBody
{
    public string? Id { get; init; }
    public string? Provider { get; init; }

    [JsonConverter(typeof(JsonNumberTextConverter))] public string? InitialAmount { get; init; }

    [JsonConverter(typeof(AdjustmentsConverter))] public IReadOnlyList<AdjustmentRequest> Adjustments { get; init; } = [];

    [JsonConverter(typeof(StringMapConverter))] public IReadOnlyDictionary<string, string>? ReportedMetadata { get; init; }

    [JsonConverter(typeof(StringListConverter))] public IReadOnlyList<string>? EditedMetadataKeys { get; init; }

    // The raw is that of the earliest own adjustment, not this line.
    void IKeepsRawBody.Keep(ReadOnlySpan<byte> body) { }

    private sealed class AdjustmentsConverter : JsonConverter<IReadOnlyList<AdjustmentRequest>>
    {
        private const string Rule = "must be a JSON array of objects with reference, createdAt, status, amount and raw";

        public override bool HandleNull => true;

        public override IReadOnlyList<AdjustmentRequest> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw new JsonRuleException(Rule);
            }

            var adjustments = new List<AdjustmentRequest>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                try
                {
                    adjustments.Add(JsonSerializer.Deserialize<AdjustmentRequest>(ref reader, options) ?? throw new JsonException());
                }
                catch (JsonException)
                {
                    throw new JsonRuleException($"{Rule}; [{adjustments.Count}] is not");
                }

                if (adjustments.Count > Payment.MaxAdjustments)
                {
                    throw new JsonRuleException($"must have at most {Payment.MaxAdjustments} items");
                }

                if (adjustments[^1].Raw is { } raw && Encoding.UTF8.GetByteCount(raw) > Limits.BodyBytes)
                {
                    throw new JsonRuleException($"must have a raw of at most {Limits.BodyBytes / 1024} KiB in each adjustment");
                }
            }

            return adjustments;
        }

        public override void Write(Utf8JsonWriter writer, IReadOnlyList<AdjustmentRequest> value, JsonSerializerOptions options) =>
            throw new NotSupportedException();
    }
}
