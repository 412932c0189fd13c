namespace Payments.Providers.Values;

/// <summary>A value of an event or a report is missing or breaks its rule. The message names it, and is shown to people.</summary>
internal sealed class UnusableValueException(string message) : Exception(message);
