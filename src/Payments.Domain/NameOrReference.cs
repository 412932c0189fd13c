using System.Buffers;

namespace Payments.Domain;

/// <summary>A name or a reference: case-sensitive text that is stored exactly as it was given. Each kind has its own max length.</summary>
public abstract record NameOrReference
{
    /// <summary>The text as it was given.</summary>
    public string Text { get; private protected init; } = "";

    /// <inheritdoc/>
    public sealed override string ToString() => Text;

    private protected static string RuleFor(int maxLength) =>
        $"must be 1 to {maxLength} characters, not blank, without white space or invisible characters at its ends, control characters or lone surrogates";

    private protected static bool IsValid(string text, int maxLength)
    {
        // A code point has at most two UTF-16 units, so a longer text need not be scanned.
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
