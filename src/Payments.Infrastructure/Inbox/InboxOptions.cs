using Microsoft.Extensions.Options;

namespace Payments.Infrastructure.Inbox;

/// <summary>The settings under <c>Inbox</c>.</summary>
public sealed class InboxOptions
{
    private const int MaxDays = 36_500;

    /// <summary>After how many days the bodies of events that are applied or ignored are erased.</summary>
    public int RetentionDays { get; set; } = 90;

    internal sealed class Validation : IValidateOptions<InboxOptions>
    {
        public ValidateOptionsResult Validate(string? name, InboxOptions options) => options.RetentionDays is >= 1 and <= MaxDays
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Inbox:RetentionDays is '{options.RetentionDays}'. Set it to a number from 1 to {MaxDays}.");
    }
}
