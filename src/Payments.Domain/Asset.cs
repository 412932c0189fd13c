using System.Text.RegularExpressions;

namespace Payments.Domain;

/// <summary>A currency or another asset, with the number of decimal places of its minor unit: <c>USD/2</c>, <c>BTC/8</c>, <c>JPY/0</c> or just <c>USD</c>.</summary>
/// <remarks>The pattern is that of Formance Ledger and Formance Payments.</remarks>
public sealed partial record Asset : IValueObject<Asset>
{
    /// <summary>The regular expression that an asset matches.</summary>
    public const string Pattern = @"^[A-Z][A-Z0-9]{0,16}(_[A-Z]{1,16})?(/\d{1,6})?$";

    private Asset(string code) => Code = code;

    /// <inheritdoc/>
    public static string Rule => $"must be an asset such as USD/2, matching {Pattern}";
    /// <summary>The asset as it was given.</summary>
    public string Code { get; }

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out Asset value) =>
        (value = IsAsset().IsMatch(text) ? new(text) : null) is not null;

    /// <inheritdoc/>
    public override string ToString() => Code;

    // In .NET, $ of the published pattern also matches before a final line feed, and \d matches the digits of every script.
    [GeneratedRegex(@"^[A-Z][A-Z0-9]{0,16}(_[A-Z]{1,16})?(/[0-9]{1,6})?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex IsAsset();
}
