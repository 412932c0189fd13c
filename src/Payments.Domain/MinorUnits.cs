using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace Payments.Domain;

/// <summary>An amount in the minor units of its asset (cents for <c>USD/2</c>): a whole number from 0 to 10^38-1, never rounded.</summary>
public readonly record struct MinorUnits : IValueObject<MinorUnits>
{
    /// <summary>The most digits of an amount; what a <c>decimal(38,0)</c> of SQL Server holds.</summary>
    public const int MaxDigits = 38;

    private MinorUnits(BigInteger value) => Value = value;

    /// <inheritdoc/>
    public static string Rule => $"must be a whole number of minor units between 0 and 10^{MaxDigits}-1, digits only";

    /// <summary>The number.</summary>
    public BigInteger Value { get; }

    /// <summary>Takes from an amount.</summary>
    /// <exception cref="OverflowException">More is taken than there is.</exception>
    public static MinorUnits operator -(MinorUnits left, MinorUnits right) =>
        left.Value >= right.Value ? new(left.Value - right.Value) : throw new OverflowException("An amount cannot be below zero.");

    /// <inheritdoc/>
    /// <remarks>The digits are counted before they are parsed, for parsing is slower than linear. A leading zero is refused, as JSON does.</remarks>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out MinorUnits value)
    {
        if (text is { Length: > 0 and <= MaxDigits } && !text.AsSpan().ContainsAnyExceptInRange('0', '9') && (text[0] != '0' || text.Length == 1))
        {
            value = new(BigInteger.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture));
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Reads what a database holds, which may be padded with zeros.</summary>
    /// <exception cref="FormatException">The text is not an amount.</exception>
    public static MinorUnits Restore(string text)
    {
        var digits = text.TrimStart('0');
        return TryParse(digits.Length == 0 ? "0" : digits, out var value) ? value : throw new FormatException("Not an amount.");
    }

    /// <summary>The digits, without leading zeros.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The digits with leading zeros up to <see cref="MaxDigits"/>, so that text sorts as the numbers do.</summary>
    public string ToPaddedString() => ToString().PadLeft(MaxDigits, '0');
}
