using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Payments.TestCommon;

/// <summary>The requests that most tests begin with. Each throws if the service returns an error.</summary>
public static class HttpClientExtensions
{
    /// <summary>Requests a token; without a scope, the token has every scope of the client.</summary>
    public static async Task<string> TokenAsync(
        this HttpClient client, string? scope = null, string clientId = "payments-dev", string secret = "payments-dev-secret")
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = clientId, ["client_secret"] = secret };
        if (scope is not null)
        {
            form["scope"] = scope;
        }

        using var response = await client.PostAsync("api/auth/oauth/token", new FormUrlEncodedContent(form));
        return (string)(await ReadAsync(response))["access_token"]!;
    }

    /// <summary>Sends every further request with a token.</summary>
    public static async Task AuthorizeAsync(this HttpClient client, string clientId = "payments-dev", string secret = "payments-dev-secret") =>
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await client.TokenAsync(null, clientId, secret));

    /// <summary>Installs a connector with a name of its own, and returns its id.</summary>
    public static async Task<string> InstallConnectorAsync(this HttpClient client, string provider = "stripe")
    {
        using var response = await client.PostJsonAsync($"connectors/{provider}", $$"""{"name":"{{Guid.NewGuid()}}"}""");
        return (string)(await ReadAsync(response))["data"]!["connectorID"]!;
    }

    /// <summary>Posts JSON to a path below <c>api/payments/</c> and returns the response, whatever its status.</summary>
    public static Task<HttpResponseMessage> PostJsonAsync(this HttpClient client, string path, string json) =>
        client.PostAsync($"api/payments/{path}", new StringContent(json, Encoding.UTF8, "application/json"));

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response) => response.IsSuccessStatusCode
        ? (await response.Content.ReadFromJsonAsync<JsonNode>())!
        : throw new InvalidOperationException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
}
