namespace Payments.Infrastructure.Startup;

/// <summary>Why the service cannot start; the message says what to set or to mend.</summary>
public sealed class StartupException(string message, Exception? inner = null)
    : Exception(message, inner);
