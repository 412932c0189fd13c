namespace Payments.Domain;

/// <summary>What recording a report changed.</summary>
public enum RecordOutcome
{
    /// <summary>A payment or an account was created.</summary>
    Created = 1,

    /// <summary>An adjustment was added to a payment's history.</summary>
    Adjusted = 2,

    /// <summary>Something other than the history changed, such as metadata.</summary>
    Updated = 3,

    /// <summary>Nothing: the report repeats what is stored.</summary>
    Replayed = 4,
}
