using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Serialization;

namespace Payments.Client;

/// <summary>The C# client of the Payments service. It is thread-safe. <see cref="DependencyInjection.AddPaymentsClient"/> registers it.</summary>
public partial class PaymentsClient
{
    static partial void UpdateJsonSerializerSettings(JsonSerializerOptions settings)
    {
        settings.Converters.Add(new BigIntegerConverter());
        settings.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        // The service limits the bytes of a body, and \uXXXX is longer than the character itself.
        settings.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    }

    // An exception then contains the text of any response, such as the page of a gateway.
    partial void Initialize() => ReadResponseAsString = true;
}

/// <summary>Reads and writes an amount as a JSON number of at most 38 digits.</summary>
internal sealed class BigIntegerConverter : JsonConverter<BigInteger>
{
    private const int MaxDigits = 38;

    public override BigInteger Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var digits = reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan;
        // The digits are counted first, because the time to parse them grows with the square of their number.
        return reader.TokenType == JsonTokenType.Number && digits.Length <= MaxDigits && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            ? BigInteger.Parse(Encoding.ASCII.GetString(digits), NumberStyles.None, CultureInfo.InvariantCulture)
            : throw new JsonException($"An amount must be a whole number of at most {MaxDigits} digits.");
    }

    public override void Write(Utf8JsonWriter writer, BigInteger value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.ToString(CultureInfo.InvariantCulture), skipInputValidation: true);
}
