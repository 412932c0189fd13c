namespace Payments.Domain;

/// <summary>A value that is parsed from text and states its rule once.</summary>
public interface IValueObject<TSelf> where TSelf : IValueObject<TSelf>
{
    /// <summary>The rule of the text: a predicate that reads as a sentence with the field's name in front.</summary>
    static abstract string Rule { get; }

    /// <summary>Parses the value; false if the text breaks <see cref="Rule"/>.</summary>
    static abstract bool TryParse(string text, [MaybeNullWhen(false)] out TSelf value);
}
