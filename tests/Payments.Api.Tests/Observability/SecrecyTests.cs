using System.Buffers.Text;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Api.Tests.Observability;

/// <summary>
/// Marked values in every field: none may appear in a log, a span or a metric, whether a request succeeds, is rejected or fails.
/// </summary>
public sealed class SecrecyTests
{
    private const string ClientId = "marked-client";
    private const string Secret = "MARK-secret";

    // Ids and tokens start with the second mark, the credentials of the client with the third.
    private static readonly string[] Marks = ["MARK-", "eyJ", Convert.ToBase64String(Encoding.UTF8.GetBytes(ClientId))[..12]];

    private const string Connector = Sample.ConnectorId;
    private static readonly string Account = Encode($$"""{"ConnectorID":{{Sample.ConnectorJson}},"Reference":"MARK-account"}""");
    private static readonly string Payment = Encode($$"""{"ConnectorID":{{Sample.ConnectorJson}},"Reference":"MARK-reference","Type":"PAY-IN"}""");

    [Test]
    public async Task Requests_EveryKind_LeaveNoValueInTelemetry()
    {
        var port = Collector.FreePort();
        using var collector = new Collector();
        using var log = new LogCapture();
        string metrics;
        using (var service = new PaymentsService(port, log.AddTo, Settings(collector, port)))
        {
            using var hidden = Collector.HideCaller();
            await UseAsync(service.Client, expected: 200);
            metrics = await service.Client.GetStringAsync("metrics");
            hidden.Dispose();
            Collector.Flush(service);
            LogCapture.End(service);
        }

        AssertSecret(log, collector, metrics);
        Assert.Multiple(() =>
        {
            Assert.That(log.Lines, Has.Some.Contain("\"Route\":\"api/payments/payments/{paymentID}\",\"Status\":200"));
            Assert.That(log.Lines, Has.Some.Contain("\"Route\":\"api/payments/payments\",\"Status\":409"));
            Assert.That(log.Lines, Has.Some.Contain("\"Route\":\"api/auth/oauth/token\",\"Status\":401"));
            Assert.That(collector.Text("traces"), Does.Contain("INSERT payments"));
            Assert.That(metrics, Does.Contain("payments_reports_total"));
        });
    }

    [TestCase(false, 500, "System.InvalidOperationException")]
    [TestCase(true, 503, "A request got 503: gone")]
    public async Task Requests_ExceptionWithValues_LeaveNoValueInTelemetry(bool isUnavailable, int status, string logged)
    {
        var port = Collector.FreePort();
        using var collector = new Collector();
        using var log = new LogCapture();
        string metrics;
        using (var service = new PaymentsService(port, services => Break(services, log, Fault), Settings(collector, port)))
        {
            using var hidden = Collector.HideCaller();
            await UseAsync(service.Client, status);
            metrics = await service.Client.GetStringAsync("metrics");
            hidden.Dispose();
            Collector.Flush(service);
            LogCapture.End(service);
        }

        AssertSecret(log, collector, metrics);
        Assert.Multiple(() =>
        {
            Assert.That(log.Lines, Has.Some.Contain($"\"Status\":{status}"));
            Assert.That(log.Lines, Has.Some.Contain(logged));
            Assert.That(collector.Text("logs"), Does.Contain(logged));
        });

        Exception Fault()
        {
            var inner = new InvalidOperationException("The duplicate value is (MARK-reference, MARK-account, MARK-metadata).");
            return isUnavailable ? new UnavailableException("gone", inner) : new InvalidOperationException("MARK-raw", inner);
        }
    }

    private static (string, string)[] Settings(Collector collector, int port) =>
    [
        .. collector.Settings,
        ("environment", "Production"),
        ("Metrics:Port", $"{port}"),
        ("Logging:LogLevel:Default", "Information"),
        ("Logging:LogLevel:Payments", "Trace"),
        ("Authentication:Clients:0:ClientId", ClientId),
        ("Authentication:Clients:0:ClientSecret", Secret),
        ("Authentication:Clients:0:Scopes", "payments:read payments:write"),
    ];

    /// <summary>Calls every endpoint with valid and invalid values of every kind.</summary>
    private static async Task UseAsync(HttpClient client, int expected)
    {
        using var failed = await client.PostTokenAsync(ClientId, "MARK-wrong");
        Assert.That((int)failed.StatusCode, Is.EqualTo(401));
        await client.AuthorizeAsync(ClientId, Secret);
        const string Payments = "api/payments/payments";
        const string Accounts = "api/payments/accounts";
        var payment = Request.Payment(
            Connector,
            ("reference", "\"MARK-reference\""),
            ("sourceAccountID", $"\"{Account}\""),
            ("metadata", "{\"MARK-key\":\"MARK-metadata\"}"),
            ("raw", "{\"MARK-raw\":\"MARK-raw\"}"));
        var adjustment = """{"reference":"MARK-refund","createdAt":"2024-05-02T12:00:00Z","status":"REFUNDED","amount":1,"raw":{"MARK-raw":1}}""";
        var statuses = new List<int>
        {
            await SendAsync(client, "POST", "api/payments/connectors/stripe", $$"""{"name":"MARK-name","connectorID":"{{Connector}}","apiKey":"MARK-key","webhookSecret":"{{SignedEvents.StripeSecret}}"}"""),
            await SendAsync(client, "POST", Accounts, Request.Account(Connector, ("reference", "\"MARK-account\""), ("accountName", "\"MARK-account\""))),
            await SendAsync(client, "POST", Payments, payment),
            await SendAsync(client, "POST", $"{Payments}/{Payment}/adjustments", adjustment),
            await SendAsync(client, "PATCH", $"{Payments}/{Payment}/metadata", """{"MARK-key":"MARK-other"}"""),
            await SendAsync(client, "GET", $"{Payments}/{Payment}"),
            await SendAsync(client, "GET", $"{Accounts}/{Account}"),
            await SendAsync(client, "GET", $"{Payments}?reference=MARK-reference&metadata[MARK-key]=MARK-metadata"),
            await SendAsync(client, "GET", Payments + """?query={"$match":{"reference":"MARK-reference"}}"""),
            await SendAsync(client, "GET", $"{Payments}/export?sourceAccountID={Account}"),
            await SendAsync(client, "GET", Accounts),
            await SendAsync(client, "GET", "api/payments/connectors"),
        };
        var reported = SignedEvents.StripeEvent("MARK-event", "payment_intent.succeeded", 5, SignedEvents.Intent("MARK-reference", "succeeded"));
        foreach (var signature in (string?[])[null, null, SignedEvents.StripeSignature(reported, "MARK-other")])
        {
            using var received = await client.PostStripeEventAsync(Connector, reported, signature);
        }

        await SendAsync(client, "PATCH", $"api/payments/connectors/stripe/{Connector}", """{"webhookSecret":["MARK-secret"],"MARK-setting":"MARK-value"}""");
        await SendAsync(client, "GET", $"api/payments/connectors/stripe/{Connector}/inbox?state=MARK-state");
        await SendAsync(client, "GET", $"api/payments/connectors/stripe/{Connector}/inbox/1");
        await SendAsync(client, "POST", $"api/payments/connectors/stripe/{Connector}/inbox/1/retry", "{}");
        Assert.That(statuses, Has.All.EqualTo(expected).Or.EqualTo(201).Or.EqualTo(204));

        if (expected != 503) // then an import would retry for seconds
        {
            await SendAsync(client, "POST", Payments + "/import", $"{payment}\n{payment.Replace("100", "\"MARK-amount\"", StringComparison.Ordinal)}\nMARK-\n", "application/x-ndjson");
        }

        await SendAsync(client, "POST", Payments + "/import", "reference,MARK-column\nMARK-reference,1\n", "text/csv");
        await SendAsync(client, "POST", Payments, payment.Replace("100", "101", StringComparison.Ordinal));
        await SendAsync(client, "POST", Payments, payment.Replace("visa", "MARK-scheme", StringComparison.Ordinal));
        await SendAsync(client, "POST", Payments, "{\"MARK-member\":");
        await SendAsync(client, "POST", Payments, payment, "text/MARK-type");
        await SendAsync(client, "POST", $"{Payments}/{Payment}/adjustments", adjustment.Replace("\"amount\":1", "\"amount\":1000", StringComparison.Ordinal));
        await SendAsync(client, "GET", $"{Payments}/MARK-id");
        await SendAsync(client, "GET", $"{Payments}?MARK-filter=MARK-value&cursor=MARK-cursor");
        await SendAsync(client, "GET", $"{Accounts}/{Payment}");
        await SendAsync(client, "GET", "api/MARK-path/MARK-id?MARK-query=1");
        await SendAsync(client, "MARK-METHOD", $"{Payments}/{Payment}");
        await SendAsync(client, "DELETE", $"api/payments/connectors/stripe/{Connector}");
        client.DefaultRequestHeaders.Authorization = new("Bearer", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJNQVJLLXRva2VuIn0.MARK-signature");
        await SendAsync(client, "GET", $"{Payments}/{Payment}");
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ClientId}:{Secret}")));
        await SendAsync(client, "GET", Payments);
    }

    private static async Task<int> SendAsync(HttpClient client, string method, string address, string? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new(type) } };
        }

        using var response = await client.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        return (int)response.StatusCode;
    }

    private static void AssertSecret(LogCapture log, Collector collector, string metrics) => Assert.Multiple(() =>
    {
        foreach (var mark in Marks)
        {
            Assert.That(log.Lines.Where(line => line.Contains(mark, StringComparison.Ordinal)), Is.Empty, "log");
            Assert.That(metrics.Split('\n').Where(line => line.Contains(mark, StringComparison.Ordinal)), Is.Empty, "metrics");
            foreach (var signal in (string[])["traces", "metrics", "logs"])
            {
                Assert.That(collector.Text(signal), Is.Not.Empty.And.Not.Contains(mark), signal);
            }
        }
    });

    // Every call of a repository throws.
    private static void Break(IServiceCollection services, LogCapture log, Func<Exception> fault)
    {
        log.AddTo(services);
        services.AddSingleton(BrokenRepository.Create<IPaymentRepository>(fault));
        services.AddSingleton(BrokenRepository.Create<IPaymentReader>(fault));
        services.AddSingleton(BrokenRepository.Create<IAccountRepository>(fault));
        services.AddSingleton(BrokenRepository.Create<IConnectorRepository>(fault));
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    /// <summary>A repository whose methods all throw.</summary>
    public class BrokenRepository : DispatchProxy
    {
        private Func<Exception> _fault = null!;

        public static T Create<T>(Func<Exception> fault)
            where T : class
        {
            var repository = Create<T, BrokenRepository>();
            ((BrokenRepository)(object)repository)._fault = fault;
            return repository;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw _fault();
    }
}
