using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Payments.Bench.Load;

/// <summary>Signed events of Stripe about new payments, as its webhooks send them.</summary>
internal sealed class ProviderEvents
{
    private const string Secret = "whsec_known-to-this-run-only";
    private const int EventsOfAPayment = 4;
    private const int PaymentsOfARefund = 4;

    private readonly Target _service;
    private readonly HttpClient _client;
    private readonly string _connector;
    private readonly long _created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
    private long _mixed;

    private ProviderEvents(Target service, HttpClient client, string connector) => (_service, _client, _connector) = (service, client, connector);

    /// <summary>Each event is a new payment that succeeded.</summary>
    public Operation NewPayment => new((target, request) => Write(Intent(target.TakeNumber(), "succeeded"), request));

    /// <summary>Each event is of a kind that changes no payment, so it is only received.</summary>
    public Operation Ignored => new((target, request) => Write(Intent(target.TakeNumber(), "created"), request));

    /// <summary>All events of a payment one after another: it is created, succeeds, and is charged; one of four is refunded.</summary>
    public Operation Mix => new((_, request) => WriteMixed(request));

    public static async Task<ProviderEvents> StartAsync(Target service)
    {
        var client = service.NewClient(TimeSpan.FromMinutes(1));
        using var response = await client.PostAsJsonAsync("api/payments/connectors/stripe", new { name = "events", webhookSecret = Secret });
        response.EnsureSuccessStatusCode();
        return new(service, client, (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["data"]!["connectorID"]!);
    }

    /// <summary>Sends events of the mix over some connections, at a rate or as fast as possible, and waits until all are applied.</summary>
    /// <returns>The time until the last response and until all are applied, and the 99th percentile from when an event is due to its response.</returns>
    public async Task<(TimeSpan Sent, TimeSpan Applied, double P99)> SendAsync(int count, int connections, double perSecond = double.PositiveInfinity)
    {
        var (next, began, microseconds) = (0, Stopwatch.GetTimestamp(), Measurement.Histogram());
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            using var connection = await HttpConnection.OpenAsync(_service.Address);
            var (own, request) = (Measurement.Histogram(), Operation.Buffer());
            while (Interlocked.Increment(ref next) is var number && number <= count)
            {
                var due = TimeSpan.FromSeconds(number / perSecond);
                if (due - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } early)
                {
                    await Task.Delay(early);
                }

                var status = await connection.SendAsync(request.AsMemory(0, WriteMixed(request)));
                Measurement.Record(own, began + (long)(due.TotalSeconds * Stopwatch.Frequency));
                if (status != 200)
                {
                    throw new IOException($"{_service.Name} returned {status} to an event.");
                }
            }

            lock (microseconds)
            {
                microseconds.Add(own);
            }
        })));
        var sent = Stopwatch.GetElapsedTime(began);
        while (await IsAnyAsync("received") || await IsAnyAsync("waiting"))
        {
            await Task.Delay(20);
        }

        return (sent, Stopwatch.GetElapsedTime(began), microseconds.GetValueAtPercentile(99) / 1000.0);
    }

    private async Task<bool> IsAnyAsync(string state) =>
        (await _client.GetFromJsonAsync<JsonObject>($"api/payments/connectors/stripe/{_connector}/inbox?pageSize=1&state={state}"))!["cursor"]!["data"]!.AsArray().Count > 0;

    private int WriteMixed(byte[] request)
    {
        var number = Interlocked.Increment(ref _mixed) - 1;
        var payment = number / EventsOfAPayment;
        return Write(
            (number % EventsOfAPayment) switch
            {
                0 => Intent(payment, "created"),
                1 => Intent(payment, "succeeded"),
                2 => Charge(payment, "succeeded"),
                _ => payment % PaymentsOfARefund == 0 ? Refund(payment) : Charge(payment, "updated"),
            },
            request);
    }

    private int Write(string body, byte[] request)
    {
        var time = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(Secret), Encoding.ASCII.GetBytes($"{time}.{body}")));
        return Encoding.ASCII.GetBytes(
            $"POST /api/payments/connectors/webhooks/stripe/{_connector} HTTP/1.1\r\nHost: {_service.Address}\r\nStripe-Signature: t={time},v1={signature}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}",
            request);
    }

    private string Intent(long number, string kind) => Event($"evt_{kind}_{number}", $"payment_intent.{kind}",
        $$"""
        {"id":"pi_{{number}}","object":"payment_intent","amount":1000,"amount_capturable":0,"amount_received":{{(kind == "succeeded" ? 1000 : 0)}},"automatic_payment_methods":{"enabled":true},
        "capture_method":"automatic","client_secret":null,"confirmation_method":"automatic","created":{{_created}},"currency":"usd","customer":"cus_{{number}}","latest_charge":"ch_{{number}}",
        "livemode":true,"metadata":{"order":"{{number}}"},"payment_method":"pm_{{number}}","payment_method_types":["card","link"],"status":"{{(kind == "succeeded" ? "succeeded" : "requires_payment_method")}}"}
        """);

    private string Charge(long number, string kind) => Event($"evt_charge_{kind}_{number}", $"charge.{kind}",
        $$"""
        {"id":"ch_{{number}}","object":"charge","amount":1000,"amount_captured":1000,"amount_refunded":0,"balance_transaction":"txn_{{number}}","captured":true,"created":{{_created}},"currency":"usd",
        "livemode":true,"outcome":{"network_status":"approved_by_network","risk_level":"normal","type":"authorized"},"paid":true,"payment_intent":"pi_{{number}}",
        "payment_method_details":{"type":"card","card":{"brand":"visa","country":"US","exp_month":8,"exp_year":2030,"last4":"4242","network":"visa"} },"refunded":false,"status":"succeeded"}
        """);

    private string Refund(long number) => Event($"evt_refund_{number}", "refund.created",
        $$"""
        {"id":"re_{{number}}","object":"refund","amount":300,"balance_transaction":"txn_r{{number}}","charge":"ch_{{number}}","created":{{_created + 1}},"currency":"usd","metadata":{},
        "payment_intent":"pi_{{number}}","reason":null,"receipt_number":null,"status":"succeeded"}
        """);

    private string Event(string id, string kind, string data) =>
        $$"""{"id":"{{id}}","object":"event","api_version":"2025-01-27.acacia","created":{{_created}},"data":{"object":{{data}} },"livemode":true,"pending_webhooks":1,"type":"{{kind}}"}""";
}
