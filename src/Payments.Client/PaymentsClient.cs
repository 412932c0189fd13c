using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Payments.Client;

/// <summary>The Payments service. Any number of threads may share one; <see cref="DependencyInjection.AddPaymentsClient"/> makes it.</summary>
public partial class PaymentsClient
{
    static partial void UpdateJsonSerializerSettings(JsonSerializerOptions settings)
    {
        settings.Converters.Add(new BigIntegerConverter());
        settings.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        // The service limits a body in bytes, and \uXXXX takes more of them than the character does.
        settings.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    }

    // An answer that is not the service's, such as a gateway's page, is then in the exception as it came.
    partial void Initialize() => ReadResponseAsString = true;
}
