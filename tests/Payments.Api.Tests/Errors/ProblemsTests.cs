using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Payments.Api.Tests.Errors;

internal sealed class ProblemsTests : ServiceFixture
{
    [TestCase("*/*")]
    [TestCase("text/html")]
    [TestCase("application/json")]
    [TestCase("application/problem+json;q=0, */*")]
    public async Task Error_AnyAcceptHeader_ReturnsProblemJson(string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/nothing");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await Service.Client.SendAsync(request);
        Assert.Multiple(async () =>
        {
            Assert.That(response.Content.Headers.ContentType?.ToString(), Is.EqualTo("application/problem+json"));
            Assert.That(await TextAsync(response), Is.EqualTo(
                """{"title":"Not Found","status":404,"detail":"No resource exists at this URL.","errorCode":"NOT_FOUND","errorMessage":"No resource exists at this URL.","traceId":"id"}"""));
        });
    }

    [Test]
    public async Task Error_BrokenRule_ReturnsSentencesAndRulesByField()
    {
        using var response = await Service.SendAsync("connectors/stripe", """{"name":"a\u0000é<"}""");
        var rule = "must be 1 to 100 characters";
        Assert.That(await TextAsync(response), Does.Match(
            $$"""^\{"title":"Bad Request","status":400,"detail":"name {{rule}}[^"]*\.","errorCode":"VALIDATION","errorMessage":"name {{rule}}[^"]*\.","errors":\{"name":\["{{rule}}[^"]*[^".]"\]\},"traceId":"id"\}$"""));
    }

    [Test]
    public async Task Error_EveryMember_IsInTheSchemaInTheSameOrder()
    {
        using var response = await Service.SendAsync("connectors/stripe", "{}");
        var document = JsonNode.Parse(await Service.Client.GetStringAsync("openapi/v1.json"))!;
        var schema = document["components"]!["schemas"]!["Problem"]!["properties"]!.AsObject();
        Assert.That(
            JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject().Select(member => member.Key),
            Is.EqualTo(schema.Select(property => property.Key)));
    }

    [TestCase("POST", "payments", "{}")]
    [TestCase("POST", "payments", """{"Reference":1,"reference":1,"amount":"1","raw":1,"metadata":1,"x":1,"type":"","type":""}""")]
    [TestCase("POST", "payments", """{"reference":"\ud800"}""")]
    [TestCase("POST", "payments", """{"reference":"","connectorID":"x","createdAt":"now","amount":-1,"type":"x","status":"x","scheme":"x","asset":"x","sourceAccountID":"x","metadata":{"":""}}""")]
    [TestCase("POST", "accounts", "{}")]
    [TestCase("POST", "connectors/stri%20pe", """{"name":" ","connectorID":"x"}""")]
    [TestCase("GET", "payments?x=1&pageSize=x&sort=x&cursor=x&cursor=y&status=x&amountGte=1&amountGte=2&query=x", null)]
    [TestCase("GET", """payments?query={"$and":[{"$x":1},{"$lt":{"type":"OTHER"}},{"$in":{"x":[]}},{"$in":{"id":[]}},{"$exists":{"id":true}},{"$not":{}}]}""", null)]
    [TestCase("GET", "payments/export?after=x&format=x&cursor=x", null)]
    public async Task Error_BrokenRules_ReadAsSentences(string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new(method), $"api/payments/{path}");
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Service.Client.SendAsync(request);
        var problem = await response.Content.ReadAsStringAsync();
        Assert.That(((int)response.StatusCode, IsInSentences(problem)), Is.EqualTo((400, true)), problem);
    }

    [TestCase("identity", "application/json", ExpectedResult = 400)]
    [TestCase("IDENTITY", "application/json", ExpectedResult = 400)]
    [TestCase(null, "application/json; charset=UTF8", ExpectedResult = 400)]
    [TestCase(null, "application/json; charset=\"utf-8\"", ExpectedResult = 400)]
    [TestCase("gzip", "application/json", ExpectedResult = 415)]
    [TestCase("identity, gzip", "application/json", ExpectedResult = 415)]
    [TestCase(null, "application/json; charset=utf-16", ExpectedResult = 415)]
    public async Task<int> Body_EncodingOrCharset_IsAcceptedIfUncompressedUtf8(string? encoding, string type)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("{}"));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (encoding is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        }

        using var response = await Service.Client.PostAsync("api/payments/payments", content);
        return (int)response.StatusCode;
    }

    // The name of a field and a rule form a sentence.
    public static bool IsInSentences(string body)
    {
        if (!body.StartsWith("{\"title\"", StringComparison.Ordinal))
        {
            return true;
        }

        var problem = JsonNode.Parse(body)!;
        var rules = problem["errors"]?.AsObject().SelectMany(field => field.Value!.AsArray()).Select(rule => (string)rule!) ?? [];
        return ((string)problem["detail"]!).EndsWith('.')
            && rules.All(rule => rule.Split(' ')[0] is "must" or "is" or "cannot" or "differs" or "has" && !rule.EndsWith('.'));
    }

    private static async Task<string> TextAsync(HttpResponseMessage response) =>
        Regex.Replace(await response.Content.ReadAsStringAsync(), "\"traceId\":\"[^\"]+\"", "\"traceId\":\"id\"");
}
