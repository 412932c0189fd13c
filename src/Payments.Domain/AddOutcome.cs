namespace Payments.Domain;

/// <summary>What became of adding a payment or an account.</summary>
public enum AddOutcome
{
    /// <summary>It is stored, and on disk.</summary>
    Added = 1,

    /// <summary>One of this id is there already; nothing was written.</summary>
    AlreadyThere = 2,

    /// <summary>Its connector is not installed; nothing was written.</summary>
    ConnectorNotInstalled = 3,
}
