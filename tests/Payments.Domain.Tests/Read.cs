namespace Payments.Domain.Tests;

internal static class Read
{
    /// <summary>Returns the value written again, or null if it is rejected.</summary>
    public static string? OrNull<T>(string text)
        where T : IValueObject<T> =>
        T.TryParse(text, out var value) ? value.ToString() : null;
}
