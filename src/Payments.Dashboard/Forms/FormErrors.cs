namespace Payments.Dashboard.Forms;

/// <summary>What is wrong with a form, above its fields, for <c>FormErrors.cshtml</c>.</summary>
/// <param name="Input">The form.</param>
/// <param name="Shown">The fields that show their own errors.</param>
public sealed record FormErrors(FormInput Input, params IReadOnlyList<string> Shown)
{
    /// <summary>The message if the form says nothing about itself.</summary>
    public string Default { get; init; } = "Some values break a rule. Nothing was changed.";
    /// <summary>The message; null if nothing is wrong.</summary>
    public string? Message => Input.Message ?? (Input.Errors.Count > 0 ? Default : null);
    /// <summary>The errors that no field shows, each as a sentence.</summary>
    public IEnumerable<string> Others => Input.ErrorsExcept(Shown).Select(error => $"{error.Field} {error.Rule}.");
}
