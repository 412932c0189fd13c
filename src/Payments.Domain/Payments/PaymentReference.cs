namespace Payments.Domain.Payments;

/// <summary>The provider's reference of a payment or of an adjustment.</summary>
public sealed record PaymentReference : NameOrReference, IValueObject<PaymentReference>
{
    /// <summary>The max length in Unicode code points.</summary>
    public const int MaxLength = 1000;

    private PaymentReference() { }

    /// <inheritdoc/>
    public static string Rule { get; } = RuleFor(MaxLength);

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out PaymentReference value) =>
        (value = IsValid(text, MaxLength) ? new() { Text = text } : null) is not null;
}
