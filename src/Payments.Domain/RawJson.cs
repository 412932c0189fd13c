namespace Payments.Domain;

/// <summary>A provider's own object: the text of one JSON object, kept as it was received, every digit and every space of it.</summary>
public sealed record RawJson
{
    /// <summary>Takes the text of a JSON object, which the caller has read as such.</summary>
    /// <exception cref="ArgumentException">The text does not begin and end as an object does.</exception>
    public RawJson(string text)
    {
        if (text is not ['{', .., '}'])
        {
            throw new ArgumentException("Not the text of a JSON object.", nameof(text));
        }

        Text = text;
    }

    /// <summary>The text of the object.</summary>
    public string Text { get; }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
