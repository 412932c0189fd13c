namespace Payments.Domain;

/// <summary>Reads values that the service stored. A stored value that breaks its rule is a fault of the service.</summary>
public static class StoredValue
{
    /// <summary>Reads the text of a value.</summary>
    /// <exception cref="FormatException">The text is not valid.</exception>
    public static T Read<T>(string text) where T : IValueObject<T> =>
        T.TryParse(text, out var value) ? value : throw new FormatException($"A stored {typeof(T).Name} is not valid.");
}
