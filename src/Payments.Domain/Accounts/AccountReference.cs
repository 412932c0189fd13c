namespace Payments.Domain.Accounts;

/// <summary>The provider's reference of an account.</summary>
public sealed record AccountReference : NameOrReference, IValueObject<AccountReference>
{
    /// <summary>The max length in Unicode code points.</summary>
    public const int MaxLength = 1000;

    private AccountReference() { }

    /// <inheritdoc/>
    public static string Rule { get; } = RuleFor(MaxLength);

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out AccountReference value) =>
        (value = IsValid(text, MaxLength) ? new() { Text = text } : null) is not null;
}
