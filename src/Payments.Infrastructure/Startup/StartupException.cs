namespace Payments.Infrastructure.Startup;

/// <summary>Why the service cannot start. The message names what to set or repair.</summary>
public sealed class StartupException(string message, Exception? inner = null)
    : Exception(message, inner);
