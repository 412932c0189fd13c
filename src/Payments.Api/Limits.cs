namespace Payments.Api;

/// <summary>What a request may not exceed.</summary>
internal static class Limits
{
    public const int BodyBytes = 256 * 1024;

    public const int RequestLineBytes = 16 * 1024;

    public const int JsonDepth = 32;
}
