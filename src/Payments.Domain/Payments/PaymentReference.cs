using System.Diagnostics.CodeAnalysis;

namespace Payments.Domain.Payments;

/// <summary>The provider's own reference of a payment or of an adjustment, case-sensitive.</summary>
public sealed record PaymentReference : IValueObject<PaymentReference>
{
    /// <summary>The most characters (Unicode code points) of a reference.</summary>
    public const int MaxLength = 1000;

    private PaymentReference(string text) => Text = text;

    /// <inheritdoc/>
    public static string Rule { get; } = NameRule.Rule(MaxLength);

    /// <summary>The reference exactly as it was given.</summary>
    public string Text { get; }

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out PaymentReference value)
    {
        value = NameRule.IsValid(text, MaxLength) ? new PaymentReference(text) : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
