using System.Diagnostics.CodeAnalysis;

namespace Payments.Domain.Connectors;

/// <summary>What a company calls a connector. It is unique within a provider, ignoring case.</summary>
public sealed record ConnectorName : IValueObject<ConnectorName>
{
    /// <summary>The most characters (Unicode code points) of a name.</summary>
    public const int MaxLength = 100;

    private ConnectorName(string text) => Text = text;

    /// <inheritdoc/>
    public static string Rule { get; } = NameRule.Rule(MaxLength);

    /// <summary>The name as it was given.</summary>
    public string Text { get; }

    /// <summary>The name without its case: two names with one key are the same name.</summary>
    public string Key => Text.ToUpperInvariant();

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out ConnectorName value)
    {
        value = NameRule.IsValid(text, MaxLength) ? new ConnectorName(text) : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
