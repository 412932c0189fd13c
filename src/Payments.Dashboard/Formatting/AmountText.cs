using System.Globalization;
using System.Numerics;

namespace Payments.Dashboard.Formatting;

/// <summary>Writes amounts with the decimals of their asset. No number becomes a floating-point number.</summary>
internal static class AmountText
{
    /// <summary>The asset without its decimals: <c>USD</c> for <c>USD/2</c>.</summary>
    public static string Currency(string asset) => asset.Split('/')[0];

    /// <summary>The number of decimals: 2 for <c>USD/2</c>, 0 for <c>USD</c>.</summary>
    public static int Decimals(string asset) => asset.Split('/') is [_, var digits] ? int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    /// <summary>The amount in major units, with groups of digits.</summary>
    public static string Of(BigInteger minorUnits, string asset, NumberFormatInfo format)
    {
        var decimals = Decimals(asset);
        var digits = BigInteger.Abs(minorUnits).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        var whole = BigInteger.Parse(digits[..^decimals], NumberStyles.None, CultureInfo.InvariantCulture).ToString("N0", format);
        return (minorUnits.Sign < 0 ? format.NegativeSign : "") + whole + (decimals == 0 ? "" : format.NumberDecimalSeparator + digits[^decimals..]);
    }
}
