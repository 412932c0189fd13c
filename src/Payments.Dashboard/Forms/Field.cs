namespace Payments.Dashboard.Forms;

/// <summary>A field of a form, for <c>Field.cshtml</c>.</summary>
/// <param name="Input">The form.</param>
/// <param name="Name">The name of the field in the API.</param>
/// <param name="Label">The label.</param>
public sealed record Field(FormInput Input, string Name, string Label)
{
    /// <summary>The type of the input element.</summary>
    public string Type => IsSecret ? "password" : "text";
    /// <summary>Whether it is a secret, which is never filled in.</summary>
    public bool IsSecret { get; init; }
    /// <summary>What to enter; null if the label says it.</summary>
    public string? Hint { get; init; }
    /// <summary>Whether the API requires it.</summary>
    public bool IsRequired { get; init; }
    /// <summary>Whether the label says that it can be empty.</summary>
    public bool IsOptional { get; init; }
    /// <summary>Whether it has several lines.</summary>
    public bool IsLong { get; init; }
    /// <summary>The options of a list: value and text; empty for a field of text.</summary>
    public IReadOnlyList<(string Value, string Text)> Options { get; init; } = [];
    /// <summary>Texts that the browser suggests.</summary>
    public IReadOnlyList<string> Suggestions { get; init; } = [];
    /// <summary>The number of the field, if several have one name.</summary>
    public int Number { get; init; }

    /// <summary>The id of the element.</summary>
    public string Id => Number == 0 ? $"field-{Name}" : $"field-{Name}-{Number}";
    /// <summary>The value to show.</summary>
    public string Value => IsSecret ? "" : Input.Text(Name);
    /// <summary>The broken rules, each as a sentence.</summary>
    public IReadOnlyList<string> Errors => Number > 0 ? [] : [.. Input.ErrorsOf(Name).Select(error => $"{error.Field} {error.Rule}.")];
    /// <summary>The ids of the texts that describe the element; null if there are none.</summary>
    public string? DescribedBy => (Hint, Errors.Count) switch
    {
        (null, 0) => null,
        (null, _) => $"{Id}-error",
        (_, 0) => $"{Id}-hint",
        _ => $"{Id}-hint {Id}-error",
    };
}
