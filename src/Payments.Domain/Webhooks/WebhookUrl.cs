namespace Payments.Domain.Webhooks;

/// <summary>The URL that a webhook endpoint listens on.</summary>
/// <remarks>http is accepted for the loopback host only, because a developer's machine seldom has a certificate. The service decides whether it allows that.</remarks>
public sealed record WebhookUrl : IValueObject<WebhookUrl>
{
    /// <summary>The max length in characters.</summary>
    public const int MaxLength = 2000;
    private const int MaxHostLength = 253; // RFC 1035

    private WebhookUrl(string text, Uri uri) => (Text, Uri) = (text, uri);

    /// <inheritdoc/>
    public static string Rule => $"must be an absolute https URL of 1 to {MaxLength} characters, such as https://shop.example/webhooks, without a user name, a password or a fragment (#…)";
    /// <summary>The URL as it was given.</summary>
    public string Text { get; }
    /// <summary>The parsed URL.</summary>
    public Uri Uri { get; }
    /// <summary>Whether the URL is http, so its host is <c>localhost</c> or a loopback address.</summary>
    public bool IsLoopbackHttp => Uri.Scheme == Uri.UriSchemeHttp;

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out WebhookUrl value)
    {
        value = text.Length <= MaxLength
            // A Uri trims white space and drops some control characters, so the text would not be the URL that is called.
            && !text.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || char.IsSurrogate(character))
            && !text.Contains('#', StringComparison.Ordinal)
            && Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && text.StartsWith($"{uri.Scheme}://", StringComparison.OrdinalIgnoreCase)
            && uri.UserInfo.Length == 0
            && uri.IdnHost.Length <= MaxHostLength
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
                ? new WebhookUrl(text, uri)
                : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public bool Equals(WebhookUrl? other) => other?.Text == Text;

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
