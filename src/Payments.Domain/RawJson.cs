namespace Payments.Domain;

/// <summary>A provider's object: the text of a JSON object, stored exactly as it was received.</summary>
public sealed record RawJson
{
    /// <summary>Wraps the text of a JSON object that the caller has parsed. Only its braces are checked.</summary>
    /// <exception cref="ArgumentException">The text does not start with <c>{</c> and end with <c>}</c>.</exception>
    public RawJson(string text) =>
        Text = text is ['{', .., '}'] ? text : throw new ArgumentException("Not the text of a JSON object.", nameof(text));

    /// <summary>The text of the object.</summary>
    public string Text { get; }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
