namespace Payments.Api.Authentication;

/// <summary>The scopes of a token. Each is an authorization policy of the same name.</summary>
internal static class Scope
{
    public const string Read = "payments:read";
    public const string Write = "payments:write";

    public static IReadOnlyList<string> All { get; } = [Read, Write];
}
