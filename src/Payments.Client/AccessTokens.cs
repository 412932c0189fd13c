using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;

namespace Payments.Client;

/// <summary>The access token that all requests share. It is fetched with client credentials (RFC 6749, 4.4) and renewed before it expires.</summary>
internal sealed class AccessTokens(IHttpClientFactory clients, IOptions<PaymentsClientOptions> options, TimeProvider time) : IDisposable
{
    private static readonly JsonSerializerOptions SnakeCase = new(JsonSerializerOptions.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly TimeSpan RenewalMargin = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _fetching = new(1);
    private AccessToken? _current;

    /// <exception cref="AccessTokenException">The token endpoint cannot be reached or returned no token.</exception>
    public async ValueTask<AccessToken> GetAsync(CancellationToken cancellationToken)
    {
        if (Current is { } token)
        {
            return token;
        }

        // Each request waits under its own cancellation. If the one that fetches is canceled, the next one fetches.
        await _fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return Current ?? (_current = await FetchAsync(cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            _fetching.Release();
        }
    }

    /// <summary>Discards a token that the service rejected, unless it is already replaced.</summary>
    public void Discard(AccessToken token) => Interlocked.CompareExchange(ref _current, null, token);

    public void Dispose() => _fetching.Dispose();

    private AccessToken? Current => Volatile.Read(ref _current) is { } token && time.GetUtcNow() < token.RenewAt ? token : null;

    private async Task<AccessToken> FetchAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        var endpoint = settings.TokenEndpoint ?? new Uri(settings.Root, "api/auth/oauth/token");
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials" };
        if (settings.Scopes.Count > 0)
        {
            form["scope"] = string.Join(' ', settings.Scopes);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new FormUrlEncodedContent(form) };
        // RFC 6749, 2.3.1: both are form-encoded first, so a colon in them is not a separator.
        var credentials = $"{WebUtility.UrlEncode(settings.ClientId)}:{WebUtility.UrlEncode(settings.ClientSecret)}";
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(credentials)));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));

        var requestedAt = time.GetUtcNow();
        using var client = clients.CreateClient(DependencyInjection.TokenHttpClientName);
        try
        {
            using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var token = await ReadAsync(response, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode && token.AccessToken is { Length: > 0 } value
                ? new AccessToken(value, RenewAt(requestedAt, token.ExpiresIn)) : throw NoToken(endpoint, response.StatusCode, token);
        }
        catch (HttpRequestException e) when (e is not AccessTokenException)
        {
            throw new AccessTokenException($"The token endpoint {endpoint} cannot be reached: {e.Message}", e);
        }
    }

    private static async Task<TokenResponse> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            // JSON is UTF-8 (RFC 8259, 8.1), whatever charset a server names.
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync<TokenResponse>(body, SnakeCase, cancellationToken).ConfigureAwait(false) ?? new TokenResponse();
        }
        catch (JsonException)
        {
            return new TokenResponse();
        }
    }

    private static AccessTokenException NoToken(Uri endpoint, HttpStatusCode status, TokenResponse response)
    {
        var reason = response.Error is null ? "no token and no error" : $"{response.Error} ({response.ErrorDescription ?? "no description"})";
        return new AccessTokenException($"The token endpoint {endpoint} returned {(int)status}: {reason}.", null, status, response.Error, response.ErrorDescription);
    }

    private static DateTimeOffset RenewAt(DateTimeOffset requestedAt, double? expiresIn)
    {
        // expires_in is optional. Without it, the token is used until the service rejects it.
        if (expiresIn is not { } seconds)
        {
            return DateTimeOffset.MaxValue;
        }

        // Some servers return a lifetime that exceeds DateTimeOffset.
        var lifetime = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 1e9));
        return requestedAt + (lifetime > 2 * RenewalMargin ? lifetime - RenewalMargin : lifetime / 2);
    }

    private sealed record TokenResponse(string? AccessToken = null, double? ExpiresIn = null, string? Error = null, string? ErrorDescription = null);
}

internal sealed record AccessToken(string Value, DateTimeOffset RenewAt);

/// <summary>Adds a token to each request. If the service rejects the token, it sends the request once more with a new one.</summary>
internal sealed class AccessTokenHandler(AccessTokens tokens) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var token = await tokens.GetAsync(cancellationToken).ConfigureAwait(false);
        var response = await SendAsync(request, token, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
        {
            return response;
        }

        tokens.Discard(token);
        if (request.IsStream() && request.Content is not null)
        {
            return response;
        }

        response.Dispose();
        token = await tokens.GetAsync(cancellationToken).ConfigureAwait(false);
        return await SendAsync(request, token, cancellationToken).ConfigureAwait(false);
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, AccessToken token, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Value);
        return base.SendAsync(request, cancellationToken);
    }
}
