using Payments.Application.Payments;

namespace Payments.Application.Providers;

/// <summary>The result of mapping an event or a line of a report: <see cref="ProviderCommands"/>, <see cref="ProviderIgnored"/> or <see cref="ProviderFailed"/>.</summary>
public abstract record ProviderOutcome;

/// <summary>The event changes payments. Apply each command separately; the order does not matter.</summary>
public sealed record ProviderCommands(IReadOnlyList<ProviderCommand> Commands) : ProviderOutcome;

/// <summary>The event changes no payment.</summary>
/// <param name="Reason">Why, for people; the URL of the report for an event that announces one.</param>
public sealed record ProviderIgnored(string Reason) : ProviderOutcome;

/// <summary>The event should change a payment but lacks a value or has an unknown one. People must see it.</summary>
/// <param name="Reason">The member, its rule and, if it is not personal data, its value.</param>
public sealed record ProviderFailed(string Reason) : ProviderOutcome;

/// <summary>A command, and how to find the payment that it changes.</summary>
/// <param name="Command">A <see cref="CreatePaymentCommand"/>, or an <see cref="AdjustPaymentCommand"/> or
/// <see cref="FillPaymentDetailsCommand"/> without its payment's id.</param>
/// <param name="Payment">The lookups to try in this order until one finds exactly one payment; empty for a <see cref="CreatePaymentCommand"/>.
/// If none finds a payment, the command waits for it.</param>
public sealed record ProviderCommand(IRequest<RecordedPayment> Command, IReadOnlyList<PaymentLookup> Payment)
{
    /// <summary>The asset of an adjustment's amount. If the payment has another one, the amount would be wrong, so the command fails.</summary>
    public string? Asset { get; init; }
    /// <summary>The reason for ignoring the command if its only conflict is another amount; null if that is a failure.</summary>
    public string? IgnoreOtherAmount { get; init; }

    /// <summary>Another id by which an adjustment can name the payment of a <see cref="CreatePaymentCommand"/>; null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>What identifies the payment in this command and in others: its reference, its alias, and what the lookups look for.</summary>
    public IReadOnlyList<string> References => Command is CreatePaymentCommand create
        ? [.. new[] { create.Reference, Alias }.OfType<string>()]
        : [.. Payment.Select(lookup => lookup switch
        {
            PaymentLookup.ByReference by => by.Reference,
            PaymentLookup.ByAdjustment by => by.Reference,
            PaymentLookup.ByMetadata by => by.Value,
            _ => "",
        }).Distinct()];

    /// <summary>The id of the payment that the command itself names; null if it names none, or its values are invalid.</summary>
    public PaymentId? Id(ConnectorId connector) =>
        Command is CreatePaymentCommand { Type: { } type, Reference: { } reference }
        && WireName<PaymentType>.TryParse(type, out var parsed) && PaymentReference.TryParse(reference, out var read)
            ? new PaymentId(connector, read, parsed)
            : null;

    /// <summary>Whether a conflict means only that the command says nothing new: what it reports is recorded already, with another time.</summary>
    public static bool SaysNothingNew(ConflictException conflict) => conflict.Errors.Count > 0 && conflict.Errors.All(error => error.Field == "createdAt");

    /// <summary>The command for the payment that was found. An adjustment without a reference is under the payment's own reference.</summary>
    public IRequest<RecordedPayment> For(PaymentId payment) => Command switch
    {
        AdjustPaymentCommand adjust => adjust with { PaymentId = payment, Reference = adjust.Reference ?? payment.Reference.Text },
        FillPaymentDetailsCommand fill => fill with { PaymentId = payment },
        _ => Command,
    };
}

/// <summary>One way to find the payment of an event among the payments of its connector.</summary>
public abstract record PaymentLookup
{
    private PaymentLookup() { }

    /// <summary>The payment with this type and reference.</summary>
    public sealed record ByReference(PaymentType Type, string Reference) : PaymentLookup;

    /// <summary>The payment of this type that has an adjustment with this reference.</summary>
    public sealed record ByAdjustment(PaymentType Type, string Reference) : PaymentLookup;

    /// <summary>The payment of this type whose metadata has this entry. Several payments can have it: then it finds none.</summary>
    public sealed record ByMetadata(PaymentType Type, string Key, string Value) : PaymentLookup;
}
