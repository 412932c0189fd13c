using System.Buffers;
using System.Globalization;
using System.Text;

namespace Payments.Domain;

/// <summary>The rule of references and names.</summary>
internal static class NameRule
{
    public static string Rule(int maxLength) =>
        $"must be 1 to {maxLength} characters, not blank, without white space or invisible characters at its ends, control characters or lone surrogates";

    /// <summary>Whether the text keeps the rule. Its length is counted in Unicode code points.</summary>
    public static bool IsValid(string text, int maxLength)
    {
        // A code point is at most two UTF-16 units, so a longer text need not be read.
        if (text.Length == 0 || text.Length > 2 * maxLength)
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
            if ((length == 0 || rest.IsEmpty) && (Rune.IsWhiteSpace(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format))
            {
                return false;
            }
        }

        return length <= maxLength;
    }
}
