using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Payments.Client;

/// <summary>Verifies the webhooks of the service, which are signed as Standard Webhooks 1.0.0 requires.</summary>
public static class PaymentsWebhook
{
    /// <summary>How far the time of an attempt can be from the current time, in both directions.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const string SecretPrefix = "whsec_";
    private const int MinSecretBytes = 24;
    private const string SignatureVersion = "v1,";

    /// <summary>Verifies a request and returns its event. It accepts the request if one of the secrets made one of the signatures.</summary>
    /// <remarks>The service can deliver an event more than once, with the same <see cref="PaymentsWebhookEvent.Id"/>. Store the ids, or make the handler harmless to repeat.</remarks>
    /// <param name="headers">Returns the value of a request header; null if it is missing.</param>
    /// <param name="body">The body, byte for byte as it was received.</param>
    /// <param name="secrets">The secrets of the endpoint, such as <c>whsec_…</c>. During a rotation, pass both.</param>
    /// <param name="clock">The clock; the system's if null.</param>
    /// <exception cref="PaymentsWebhookException">The request is not from the service, or it is too old. Respond with 400 and ignore it.</exception>
    /// <exception cref="ArgumentException">There is no secret, or a secret is not base64.</exception>
    public static PaymentsWebhookEvent Verify(Func<string, string?> headers, ReadOnlySpan<byte> body, IEnumerable<string> secrets, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var keys = Keys(secrets);
        var id = Required("webhook-id");
        var timestamp = Required("webhook-timestamp");
        var signatures = Required("webhook-signature");
        if (!IsSigned([.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body], signatures, keys))
        {
            throw new PaymentsWebhookException("No secret matches the header webhook-signature.");
        }

        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || ((clock ?? TimeProvider.System).GetUtcNow() - DateTimeOffset.UnixEpoch - TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue * 2L))).Duration() > Tolerance)
        {
            throw new PaymentsWebhookException($"The header webhook-timestamp is more than {Tolerance.TotalMinutes} minutes from the current time.");
        }

        return PaymentsWebhookEvent.Read(id, body);

        string Required(string name) => headers(name) is { Length: > 0 } value ? value : throw new PaymentsWebhookException($"The header {name} is missing.");
    }

    /// <summary>Checks secrets when a program starts, so that a missing setting is noticed before the first delivery.</summary>
    /// <exception cref="ArgumentException">There is no secret, or a secret is not base64.</exception>
    public static void CheckSecrets(IEnumerable<string> secrets) => _ = Keys(secrets);

    private static bool IsSigned(byte[] content, string signatures, IReadOnlyList<byte[]> keys)
    {
        var isSigned = false;
        Span<byte> received = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var key in keys)
        {
            var expected = HMACSHA256.HashData(key, content);
            foreach (var signature in signatures.Split(' '))
            {
                // Every pair is compared in constant time, so that the response time says nothing.
                isSigned |= signature.StartsWith(SignatureVersion, StringComparison.Ordinal)
                    && Convert.TryFromBase64String(signature[SignatureVersion.Length..], received, out var length)
                    && CryptographicOperations.FixedTimeEquals(received[..length], expected);
            }
        }

        return isSigned;
    }

    private static byte[][] Keys(IEnumerable<string> secrets)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        byte[][] keys = [.. secrets.Select(Key)];
        return keys.Length > 0 ? keys : throw new ArgumentException("At least one secret is required.", nameof(secrets));
    }

    // Null if it comes from a variable that is not set.
    private static byte[] Key(string? secret)
    {
        var key = Array.Empty<byte>();
        try
        {
            key = secret is null ? [] : Convert.FromBase64String(secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret);
        }
        catch (FormatException)
        {
            // Not base64, so it has no key.
        }

        // With the empty key of an unset variable, anybody could sign.
        return key.Length >= MinSecretBytes ? key : throw new ArgumentException($"A secret must be {SecretPrefix} followed by at least {MinSecretBytes} bytes in base64.", nameof(secret));
    }
}

/// <summary>An event of the service, as a webhook delivers it.</summary>
public sealed record PaymentsWebhookEvent
{
    /// <summary>The id, such as <c>evt_3f9a01c2_42</c>: the epoch and the position in the event feed. It is the same for each delivery of the event. The id of a test begins with <c>test_</c>.</summary>
    public required string Id { get; init; }
    /// <summary>The type, such as <c>payment.created</c>.</summary>
    public required string Type { get; init; }
    /// <summary>When the service recorded the change.</summary>
    public required DateTimeOffset Timestamp { get; init; }
    /// <summary>The change, as in the event feed.</summary>
    public required JsonElement Data { get; init; }

    internal static PaymentsWebhookEvent Read(string id, ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            var json = JsonElement.ParseValue(ref reader);
            return new PaymentsWebhookEvent
            {
                Id = id,
                Type = json.GetProperty("type").GetString()!,
                Timestamp = json.GetProperty("timestamp").GetDateTimeOffset(),
                Data = json.GetProperty("data").Clone(),
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new PaymentsWebhookException("The body is not an event.", e);
        }
    }
}

/// <summary>A request that is not a valid webhook of the service. The message contains no secret.</summary>
public sealed class PaymentsWebhookException(string message, Exception? inner = null) : Exception(message, inner);
