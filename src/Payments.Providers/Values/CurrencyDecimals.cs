using System.Text.RegularExpressions;

namespace Payments.Providers.Values;

/// <summary>The decimals of a provider's minor units. They differ from ISO 4217 and between providers, so an asset always states them: <c>JPY/0</c>.</summary>
/// <param name="exceptions">The currencies by their number of decimals, separated by spaces. All others have two.</param>
internal sealed partial class CurrencyDecimals(IReadOnlyDictionary<int, string> exceptions)
{
    private readonly Dictionary<string, int> _decimals = exceptions
        .SelectMany(group => group.Value.Split(' ').Select(currency => (currency, group.Key))).ToDictionary();

    /// <summary>The asset of amounts in the provider's minor units of a currency.</summary>
    public string Asset(string currency)
    {
        var code = currency.ToUpperInvariant();
        return Currency().IsMatch(code)
            ? $"{code}/{Decimals(code)}"
            : throw new UnusableValueException("currency must be a code of three letters");
    }

    /// <summary>Converts a decimal number of major units, such as <c>-12.50</c>, to the digits of minor units. The sign is dropped; nothing is rounded.</summary>
    public string ToMinorUnits(string column, string majorUnits, string currency)
    {
        var match = Number().Match(majorUnits);
        var decimals = Decimals(currency.ToUpperInvariant());
        var fraction = match.Groups["fraction"].Value.TrimEnd('0');
        if (!match.Success || fraction.Length > decimals)
        {
            throw new UnusableValueException($"{column} must be a number with a point and at most {decimals} decimals, such as 12.50 for a currency with two");
        }

        var digits = (match.Groups["whole"].Value + fraction.PadRight(decimals, '0')).TrimStart('0');
        return digits.Length == 0 ? "0" : digits;
    }

    private int Decimals(string code) => _decimals.GetValueOrDefault(code, 2);

    [GeneratedRegex(@"^[A-Z]{3}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Currency();

    [GeneratedRegex(@"^-?(?<whole>[0-9]{1,38})(\.(?<fraction>[0-9]{1,38}))?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Number();
}
