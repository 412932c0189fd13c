namespace Payments.Domain.Accounts;

/// <summary>The name of an account. It need not be unique.</summary>
public sealed record AccountName : NameOrReference, IValueObject<AccountName>
{
    /// <summary>The max length in Unicode code points.</summary>
    public const int MaxLength = 1000;

    private AccountName() { }

    /// <inheritdoc/>
    public static string Rule { get; } = RuleFor(MaxLength);

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out AccountName value) =>
        (value = IsValid(text, MaxLength) ? new() { Text = text } : null) is not null;
}
