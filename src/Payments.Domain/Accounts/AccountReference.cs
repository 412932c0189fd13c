using System.Diagnostics.CodeAnalysis;

namespace Payments.Domain.Accounts;

/// <summary>The provider's own reference of an account, case-sensitive.</summary>
public sealed record AccountReference : IValueObject<AccountReference>
{
    /// <summary>The most characters (Unicode code points) of a reference.</summary>
    public const int MaxLength = 1000;

    private AccountReference(string text) => Text = text;

    /// <inheritdoc/>
    public static string Rule { get; } = NameRule.Rule(MaxLength);

    /// <summary>The reference exactly as it was given.</summary>
    public string Text { get; }

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out AccountReference value)
    {
        value = NameRule.IsValid(text, MaxLength) ? new AccountReference(text) : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
