using System.Numerics;

namespace Payments.Domain;

/// <summary>An amount in minor units of its asset (cents for <c>USD/2</c>): a whole number from 0 to 10^38-1, never rounded.</summary>
public readonly record struct MinorUnits : IValueObject<MinorUnits>
{
    /// <summary>The max number of digits, which a <c>decimal(38,0)</c> in SQL Server can hold.</summary>
    public const int MaxDigits = 38;

    private MinorUnits(BigInteger value) => Value = value;

    /// <inheritdoc/>
    public static string Rule => $"must be a whole number of minor units between 0 and 10^{MaxDigits}-1, digits only";
    /// <summary>The number.</summary>
    public BigInteger Value { get; }

    /// <inheritdoc/>
    /// <remarks>Leading zeros are rejected, as in JSON. The digits are counted before parsing, because the time to parse grows faster than their number.</remarks>
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

    /// <summary>Parses a stored amount, which can be padded with zeros.</summary>
    /// <exception cref="FormatException">The text is not an amount.</exception>
    public static MinorUnits Restore(string text)
    {
        var digits = text.TrimStart('0');
        return TryParse(digits.Length == 0 ? "0" : digits, out var value) ? value : throw new FormatException("Not an amount.");
    }

    /// <summary>The amount of a value, or 0 if the value is negative.</summary>
    internal static MinorUnits AtLeastZero(BigInteger value) => new(BigInteger.Max(value, BigInteger.Zero));

    /// <summary>The digits, without leading zeros.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The digits, padded with zeros to <see cref="MaxDigits"/> so that texts sort like numbers.</summary>
    public string ToPaddedString() => ToString().PadLeft(MaxDigits, '0');
}
