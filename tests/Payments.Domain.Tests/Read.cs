namespace Payments.Domain.Tests;

internal static class Read
{
    /// <summary>Reads a value that the test knows to be sound.</summary>
    public static T Value<T>(string text)
        where T : IValueObject<T> =>
        T.TryParse(text, out var value) ? value : throw new ArgumentException($"'{text}' breaks the rule: {T.Rule}", nameof(text));

    /// <summary>The value again as text, or null where it is refused.</summary>
    public static string? OrNull<T>(string text)
        where T : IValueObject<T> =>
        T.TryParse(text, out var value) ? value.ToString() : null;
}
