using System.Buffers;
using System.Text;

namespace Payments.Domain;

/// <summary>The rule of text that names something: a provider's reference of a payment, an adjustment or an account, and the name of an account or a connector.</summary>
internal static class NameRule
{
    public static string Rule(int maxLength) =>
        $"must be 1 to {maxLength} characters, not blank, without white space at its ends, control characters or lone surrogates";

    /// <summary>Whether the text keeps the rule; its length is counted in Unicode code points.</summary>
    public static bool IsValid(string text, int maxLength)
    {
        // A character is at most two UTF-16 units, so a longer text need not be read.
        if (text.Length == 0 || text.Length > 2 * maxLength || char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]))
        {
            return false;
        }

        var length = 0;
        for (var rest = text.AsSpan(); !rest.IsEmpty; length++)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var units) != OperationStatus.Done || Rune.IsControl(rune))
            {
                return false;
            }

            rest = rest[units..];
        }

        return length <= maxLength;
    }
}
