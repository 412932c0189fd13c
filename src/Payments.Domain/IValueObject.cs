using System.Diagnostics.CodeAnalysis;

namespace Payments.Domain;

/// <summary>A value that is read from text and has one rule, stated once.</summary>
public interface IValueObject<TSelf>
    where TSelf : IValueObject<TSelf>
{
    /// <summary>What the text must be, as the end of a sentence that begins with the field's name.</summary>
    static abstract string Rule { get; }

    /// <summary>Reads the value; false where the text breaks <see cref="Rule"/>.</summary>
    static abstract bool TryParse(string text, [MaybeNullWhen(false)] out TSelf value);
}
