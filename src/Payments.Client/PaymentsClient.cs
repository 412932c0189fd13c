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
