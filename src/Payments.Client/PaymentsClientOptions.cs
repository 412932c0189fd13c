namespace Payments.Client;

/// <summary>Where the service is and who calls it.</summary>
public sealed class PaymentsClientOptions
{
    /// <summary>The service's root, absolute, over http or https; a trailing slash makes no difference.</summary>
    /// <value>The default is <c>http://localhost:55001/</c>.</value>
    public Uri BaseAddress { get; set; } = new("http://localhost:55001/");

    /// <summary>The OAuth 2.0 client. Required.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The client's secret. Required; it goes to the token endpoint and nowhere else.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>The scopes to ask for, such as <c>payments:read</c> and <c>payments:write</c>.</summary>
    /// <value>The default is none, which asks for every scope that the client may have.</value>
    public IList<string> Scopes { get; } = [];

    /// <summary>Where tokens come from, absolute, over http or https; to be set where the service trusts another OAuth 2.0 server.</summary>
    /// <value>The default is <c>api/auth/oauth/token</c> below <see cref="BaseAddress"/>.</value>
    public Uri? TokenEndpoint { get; set; }

    /// <summary><see cref="BaseAddress"/> as relative addresses are resolved against it.</summary>
    internal Uri Root => BaseAddress.AbsolutePath.EndsWith('/') ? BaseAddress : new Uri($"{BaseAddress.AbsoluteUri}/");
}
