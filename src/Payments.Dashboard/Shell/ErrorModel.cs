namespace Payments.Dashboard.Shell;

/// <summary>A page that says what went wrong and what to do.</summary>
public sealed record ErrorModel(int Status, string Title, string Text);
