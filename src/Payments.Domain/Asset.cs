using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Payments.Domain;

/// <summary>What an amount is of, and how many decimal places its minor unit has: <c>USD/2</c>, <c>BTC/8</c>, <c>JPY/0</c> or just <c>USD</c>.</summary>
/// <remarks>The pattern is that of the Formance ledger and payments.</remarks>
public sealed partial record Asset : IValueObject<Asset>
{
    /// <summary>The pattern of an asset.</summary>
    public const string Pattern = @"^[A-Z][A-Z0-9]{0,16}(_[A-Z]{1,16})?(/\d{1,6})?$";

    private Asset(string code) => Code = code;

    /// <inheritdoc/>
    public static string Rule => $"must be an asset such as USD/2, matching {Pattern}";

    /// <summary>The asset as it was given.</summary>
    public string Code { get; }

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out Asset value)
    {
        value = WholeText().IsMatch(text) ? new Asset(text) : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Code;

    // Stricter than .NET reads the published pattern: there $ allows a line feed behind it, and \d any script's digits.
    [GeneratedRegex(@"^[A-Z][A-Z0-9]{0,16}(_[A-Z]{1,16})?(/[0-9]{1,6})?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex WholeText();
}
