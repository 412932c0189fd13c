using System.Buffers.Text;

namespace Payments.Domain.Webhooks;

/// <summary>The secret that signs the deliveries of an endpoint, as Standard Webhooks 1.0.0 writes it: <c>whsec_</c> and base64.</summary>
public sealed class WebhookSecret : IValueObject<WebhookSecret>
{
    /// <summary>The length of a generated secret in bytes.</summary>
    public const int GeneratedLength = 32;
    private const string Prefix = "whsec_";
    private const int MinLength = 24;
    private const int MaxLength = 64;

    private readonly byte[] _key;

    private WebhookSecret(byte[] key) => _key = key;

    /// <inheritdoc/>
    public static string Rule => $"must be {Prefix} followed by {MinLength} to {MaxLength} random bytes in base64";
    /// <summary>The bytes that sign.</summary>
    public ReadOnlySpan<byte> Key => _key;
    /// <summary>The whole secret. It is shown once and otherwise stored only encrypted.</summary>
    public string Text => Prefix + Convert.ToBase64String(_key);
    /// <summary>The last four characters of <see cref="Text"/> that are not padding, so that a person can tell two secrets apart.</summary>
    public string LastFour => Text.TrimEnd('=')[^4..];

    /// <summary>Makes a secret of random bytes.</summary>
    /// <exception cref="ArgumentException">There are not 24 to 64 bytes.</exception>
    public static WebhookSecret Of(ReadOnlySpan<byte> random) => random.Length is >= MinLength and <= MaxLength
        ? new(random.ToArray())
        : throw new ArgumentException($"A secret has {MinLength} to {MaxLength} bytes.", nameof(random));

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out WebhookSecret value)
    {
        Span<byte> key = stackalloc byte[MaxLength];
        value = text.StartsWith(Prefix, StringComparison.Ordinal)
            // Convert would skip white space, and another reader of the same secret might not.
            && Base64.IsValid(text.AsSpan(Prefix.Length)) && !text.Any(char.IsWhiteSpace)
            && Convert.TryFromBase64String(text[Prefix.Length..], key, out var length)
            && length >= MinLength
                ? new(key[..length].ToArray())
                : null;
        return value is not null;
    }

    /// <summary>Only the last four characters, so that no log contains a secret.</summary>
    public override string ToString() => $"{Prefix}…{LastFour}";
}
