using System.Diagnostics.CodeAnalysis;

namespace Payments.Domain.Accounts;

/// <summary>What the provider or the company calls an account; it need not be unique.</summary>
public sealed record AccountName : IValueObject<AccountName>
{
    /// <summary>The most characters (Unicode code points) of a name.</summary>
    public const int MaxLength = 1000;

    private AccountName(string text) => Text = text;

    /// <inheritdoc/>
    public static string Rule { get; } = NameRule.Rule(MaxLength);

    /// <summary>The name as it was given.</summary>
    public string Text { get; }

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out AccountName value)
    {
        value = NameRule.IsValid(text, MaxLength) ? new AccountName(text) : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
