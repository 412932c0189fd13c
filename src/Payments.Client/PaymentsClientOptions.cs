namespace Payments.Client;

/// <summary>The URL of the service and the credentials of the client.</summary>
public sealed class PaymentsClientOptions
{
    /// <summary>The URL of the service: absolute, http or https, with or without a trailing slash.</summary>
    /// <value>The default is <c>http://localhost:55001/</c>.</value>
    public Uri BaseAddress { get; set; } = new("http://localhost:55001/");

    /// <summary>The id of the OAuth 2.0 client. Required.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The secret of the OAuth 2.0 client. Required. It is sent only to the token endpoint.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>The scopes to request, such as <c>payments:read</c> and <c>payments:write</c>.</summary>
    /// <value>The default is none, which requests every scope of the client.</value>
    public IList<string> Scopes { get; } = [];

    /// <summary>The URL of the token endpoint: absolute, http or https. Set it if the service trusts an external OAuth 2.0 server.</summary>
    /// <value>The default is <c>api/auth/oauth/token</c> below <see cref="BaseAddress"/>.</value>
    public Uri? TokenEndpoint { get; set; }

    /// <summary><see cref="BaseAddress"/> with a trailing slash, so that relative URLs resolve against it.</summary>
    internal Uri Root => BaseAddress.AbsolutePath.EndsWith('/') ? BaseAddress : new Uri($"{BaseAddress.AbsoluteUri}/");
}
