namespace Payments.Domain;

/// <summary>The effect of recording a report.</summary>
public enum RecordOutcome
{
    /// <summary>The payment or account was created.</summary>
    Created = 1,
    /// <summary>An adjustment was added to the payment's history.</summary>
    Adjusted = 2,
    /// <summary>The payment changed without a new adjustment, for example its metadata.</summary>
    Updated = 3,
    /// <summary>Nothing changed, because the report repeats what is recorded.</summary>
    Replayed = 4,
}
