using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Payments.TestCommon;

/// <summary>The requests that most tests begin with, and what they read from responses.</summary>
public static class HttpClientExtensions
{
    /// <summary>Requests a token; without a scope, the token has every scope of the client.</summary>
    /// <exception cref="InvalidOperationException">The service returned an error.</exception>
    public static async Task<string> TokenAsync(
        this HttpClient client, string? scope = null, string clientId = "payments-dev", string secret = "payments-dev-secret")
    {
        using var response = await client.PostTokenAsync(clientId, secret, scope);
        return (string)(await ReadAsync(response))["access_token"]!;
    }

    /// <summary>Requests a token and returns the response, whatever its status.</summary>
    public static Task<HttpResponseMessage> PostTokenAsync(this HttpClient client, string clientId, string secret, string? scope = null)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = clientId, ["client_secret"] = secret };
        if (scope is not null)
        {
            form["scope"] = scope;
        }

        return client.PostAsync("api/auth/oauth/token", new FormUrlEncodedContent(form));
    }

    /// <summary>Sends every further request with a token.</summary>
    /// <exception cref="InvalidOperationException">The service returned an error.</exception>
    public static async Task AuthorizeAsync(this HttpClient client, string clientId = "payments-dev", string secret = "payments-dev-secret") =>
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await client.TokenAsync(null, clientId, secret));

    /// <summary>Installs a connector with a name of its own, and returns its id.</summary>
    /// <exception cref="InvalidOperationException">The service returned an error.</exception>
    public static async Task<string> InstallConnectorAsync(this HttpClient client, string provider = "stripe")
    {
        using var response = await client.PostJsonAsync($"connectors/{provider}", $$"""{"name":"{{Guid.NewGuid()}}"}""");
        return (string)(await ReadAsync(response))["data"]!["connectorID"]!;
    }

    /// <summary>Posts JSON to a path below <c>api/payments/</c> and returns the response, whatever its status.</summary>
    public static Task<HttpResponseMessage> PostJsonAsync(this HttpClient client, string path, string json) =>
        client.PostAsync($"api/payments/{path}", new StringContent(json, Encoding.UTF8, "application/json"));

    /// <summary>Sends a request with this token and returns the response, whatever its status.</summary>
    public static Task<HttpResponseMessage> SendWithTokenAsync(this HttpClient client, string token, HttpMethod method, string address, string? json = null) =>
        client.SendAsync(new HttpRequestMessage(method, address)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
            Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"),
        });

    /// <summary>The status of a request for the connectors with this token.</summary>
    public static async Task<int> StatusAsync(this HttpClient client, string token)
    {
        using var response = await client.SendWithTokenAsync(token, HttpMethod.Get, "api/payments/connectors");
        return (int)response.StatusCode;
    }

    /// <summary>Reads the response as a JSON object.</summary>
    public static async Task<JsonObject> JsonAsync(this HttpResponseMessage response) => (await response.Content.ReadFromJsonAsync<JsonObject>())!;

    /// <summary>Reads the status and the errorCode of a problem.</summary>
    public static async Task<(int Status, string? ErrorCode)> ErrorAsync(this HttpResponseMessage response) =>
        ((int)response.StatusCode, (string?)(await response.JsonAsync())["errorCode"]);

    /// <summary>The fields that a problem or the result of an import line names.</summary>
    public static string[] Fields(this JsonNode problem) => problem["errors"] is { } errors ? [.. errors.AsObject().Select(error => error.Key)] : [];

    private static async Task<JsonObject> ReadAsync(HttpResponseMessage response) => response.IsSuccessStatusCode
        ? await response.JsonAsync()
        : throw new InvalidOperationException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
}
