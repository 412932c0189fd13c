using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;

namespace Payments.Client;

/// <summary>The one access token of all requests, got by client credentials (RFC 6749, 4.4) and renewed before it expires.</summary>
internal sealed class AccessTokens(IHttpClientFactory clients, IOptions<PaymentsClientOptions> options, TimeProvider time) : IDisposable
{
    private const double LongestLifetimeSeconds = 1e9;

    private static readonly TimeSpan RenewalMargin = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _fetching = new(1);

    private AccessToken? _current;

    /// <summary>A token with some life left.</summary>
    /// <exception cref="AccessTokenException">The token endpoint cannot be reached or gave no token.</exception>
    public async ValueTask<AccessToken> GetAsync(CancellationToken cancellationToken)
    {
        if (Current is { } token)
        {
            return token;
        }

        // Whoever waits does so under its own cancellation, and fetches if the one before it gave up.
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

    /// <summary>Drops a token that the service refused, unless it has been replaced already.</summary>
    public void Drop(AccessToken token) => Interlocked.CompareExchange(ref _current, null, token);

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
        // RFC 6749, 2.3.1: both are form-encoded first, so that a colon in them does not divide them.
        var credentials = $"{WebUtility.UrlEncode(settings.ClientId)}:{WebUtility.UrlEncode(settings.ClientSecret)}";
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(credentials)));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));

        var asked = time.GetUtcNow();
        using var client = clients.CreateClient(DependencyInjection.TokenHttpClientName);
        try
        {
            using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var answer = await ReadAsync(response, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode && answer.AccessToken is { Length: > 0 } value
                ? new AccessToken(value, RenewAt(asked, answer.ExpiresIn))
                : throw Refused(endpoint, response.StatusCode, answer);
        }
        catch (HttpRequestException e) when (e is not AccessTokenException)
        {
            throw new AccessTokenException($"The token endpoint {endpoint} cannot be reached: {e.Message}", e);
        }
    }

    private static async Task<TokenAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            // JSON is UTF-8 (RFC 8259, 8.1), whatever charset a server names.
            var answer = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync<TokenAnswer>(answer, JsonSerializerOptions.Web, cancellationToken).ConfigureAwait(false) ?? new TokenAnswer();
        }
        catch (JsonException)
        {
            return new TokenAnswer();
        }
    }

    private static AccessTokenException Refused(Uri endpoint, HttpStatusCode status, TokenAnswer answer)
    {
        var reason = answer.Error is null ? "no token and no reason" : $"{answer.Error} ({answer.ErrorDescription ?? "no description"})";
        return new AccessTokenException($"The token endpoint {endpoint} answered {(int)status}: {reason}.", null, status, answer.Error, answer.ErrorDescription);
    }

    private static DateTimeOffset RenewAt(DateTimeOffset asked, double? expiresIn)
    {
        // A server need not say when a token expires; then it is used until the service refuses it.
        if (expiresIn is not { } seconds)
        {
            return DateTimeOffset.MaxValue;
        }

        // Some mean for ever by a time that no clock reaches.
        var lifetime = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, LongestLifetimeSeconds));
        return asked + (lifetime > 2 * RenewalMargin ? lifetime - RenewalMargin : lifetime / 2);
    }

    private sealed record TokenAnswer
    {
        [JsonPropertyName("access_token")]
        public string? AccessToken { get; init; }

        [JsonPropertyName("expires_in")]
        public double? ExpiresIn { get; init; }

        [JsonPropertyName("error")]
        public string? Error { get; init; }

        [JsonPropertyName("error_description")]
        public string? ErrorDescription { get; init; }
    }
}

/// <summary>A bearer token. A class, so that one token can be told from another with the same text.</summary>
internal sealed class AccessToken(string value, DateTimeOffset renewAt)
{
    public string Value { get; } = value;

    public DateTimeOffset RenewAt { get; } = renewAt;
}
