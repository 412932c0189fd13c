using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Payments.Client;

/// <summary>An amount as the contract has it: a JSON number of digits only, at most 38 of them.</summary>
internal sealed class BigIntegerConverter : JsonConverter<BigInteger>
{
    private const int MaxDigits = 38;

    public override BigInteger Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var digits = reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan;
        // Counted before it is parsed: the time to parse grows with the square of the length.
        return reader.TokenType == JsonTokenType.Number && digits.Length <= MaxDigits && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            ? BigInteger.Parse(Encoding.ASCII.GetString(digits), NumberStyles.None, CultureInfo.InvariantCulture)
            : throw new JsonException($"An amount must be a whole number of at most {MaxDigits} digits, digits only.");
    }

    public override void Write(Utf8JsonWriter writer, BigInteger value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.ToString(CultureInfo.InvariantCulture), skipInputValidation: true);
}
