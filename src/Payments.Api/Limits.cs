namespace Payments.Api;

/// <summary>What a request may not exceed.</summary>
internal static class Limits
{
    public const int BodyBytes = 256 * 1024;

    public const int RequestLineBytes = 16 * 1024;

    /// <summary>An exported payment has all its adjustments in one line, and its first raw twice.</summary>
    public const int ExportedPaymentBytes = 16 * 1024 * 1024;

    public const int JsonDepth = 32;

    /// <summary>An adjustment's raw lies two levels deeper in an exported payment than in the request that brought it.</summary>
    public const int ExportedPaymentDepth = JsonDepth + 2;
}
