namespace Payments.Dashboard.Session;

/// <summary>The sign-in page.</summary>
/// <param name="Method">How people sign in.</param>
/// <param name="ReturnUrl">The page to show afterwards, below <c>/dashboard</c>.</param>
/// <param name="Authority">The host of the authority, if people sign in there.</param>
/// <param name="UserName">The name that was typed.</param>
/// <param name="Error">Why the last attempt failed.</param>
/// <param name="IsSignedOut">Whether the reader has just signed out.</param>
public sealed record SignInModel(SignInMethod Method, string ReturnUrl, string Authority = "", string UserName = "", string? Error = null, bool IsSignedOut = false);

/// <summary>How people sign in to the dashboard.</summary>
public enum SignInMethod
{
    /// <summary>Neither users nor a client at the authority are set, so nobody can sign in.</summary>
    NotSetUp,
    /// <summary>The request is not encrypted, so a session would be visible on the network.</summary>
    NotEncrypted,
    /// <summary>One click, in Development.</summary>
    OneClick,
    /// <summary>The name and password of a user in the settings.</summary>
    Password,
    /// <summary>OpenID Connect.</summary>
    Authority,
}
