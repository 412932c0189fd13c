using System.Globalization;
using System.Numerics;

namespace Payments.Dashboard.Formatting;

/// <summary>Writes and reads amounts with the decimals of their asset. No number becomes a floating-point number.</summary>
internal static class AmountText
{
    /// <summary>The asset without its decimals: <c>USD</c> for <c>USD/2</c>.</summary>
    public static string Currency(string asset) => Parts(asset).Currency;

    /// <summary>The number of decimals: 2 for <c>USD/2</c>, 0 for <c>USD</c>.</summary>
    public static int Decimals(string asset) => Parts(asset).Decimals;

    /// <summary>The amount in major units, with groups of digits.</summary>
    public static string Of(BigInteger minorUnits, string asset, NumberFormatInfo format)
    {
        var (whole, fraction) = Split(minorUnits, asset);
        return (minorUnits.Sign < 0 ? format.NegativeSign : "")
            + BigInteger.Parse(whole, NumberStyles.None, CultureInfo.InvariantCulture).ToString("N0", format)
            + (fraction.Length == 0 ? "" : format.NumberDecimalSeparator + fraction);
    }

    /// <summary>The amount as <see cref="Parse"/> reads it: digits, and a point before the decimals.</summary>
    public static string ToInput(string digits, string asset)
    {
        var (whole, fraction) = Split(BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture), asset);
        return fraction.Length == 0 ? whole : $"{whole}.{fraction}";
    }

    /// <summary>The rule of an amount in major units, as a predicate.</summary>
    public static string Rule(string asset) => Decimals(asset) switch
    {
        0 => $"must be a whole number of {Currency(asset)}, digits only",
        var decimals => $"must be an amount in {Currency(asset)} such as {ToInput("10050", $"X/{decimals}")}: "
            + $"digits, and a point before at most {decimals} decimals",
    };

    /// <summary>Reads an amount in major units and returns the digits in minor units; null if it breaks <see cref="Rule"/>. Groups of digits are not
    /// accepted, because a comma is a decimal separator to some readers.</summary>
    public static string? Parse(string text, string asset)
    {
        var decimals = Decimals(asset);
        var (whole, fraction) = text.Split('.') switch
        {
            [var digits] => (digits, ""),
            [var digits, { Length: > 0 } part] => (digits, part),
            _ => ("", ""),
        };
        var isNumber = whole.Length > 0 && !$"{whole}{fraction}".AsSpan().ContainsAnyExceptInRange('0', '9');
        if (!isNumber || fraction.Length > decimals)
        {
            return null;
        }

        var minorUnits = $"{whole}{fraction.PadRight(decimals, '0')}".TrimStart('0');
        return MinorUnits.TryParse(minorUnits.Length == 0 ? "0" : minorUnits, out var amount) ? amount.ToString() : null;
    }

    // An asset may have up to 999,999 decimals. An amount with more decimals than it has digits is shown in minor units.
    private static (string Currency, int Decimals) Parts(string asset) =>
        asset.Split('/') is [var currency, var digits] && int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture) is <= MinorUnits.MaxDigits and var decimals
            ? (currency, decimals) : (asset, 0);

    private static (string Whole, string Fraction) Split(BigInteger minorUnits, string asset)
    {
        var decimals = Decimals(asset);
        var digits = BigInteger.Abs(minorUnits).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        return (digits[..^decimals], digits[^decimals..]);
    }
}
