using System.Text.Json.Nodes;
using Payments.Providers.Adyen;
using Payments.Providers.Stripe;
using Payments.Providers.Tests.Adyen;
using Payments.Providers.Tests.Stories;
using Payments.Providers.Tests.Stripe;

namespace Payments.Providers.Tests;

/// <summary>Whatever a provider, or somebody in its name, sends: it is rejected or mapped, and never a fault.</summary>
public sealed class ProviderFuzzTests
{
    private const int Rounds = 4000;

    private static readonly string[] Values =
    [
        "null", "true", "-1", "0", "1.5", "1e400", "99999999999999999999999999999999999999999999", "\"\"", "\" \"", "\"\\ud800\"", "\"\\u0000\"", "\"x\"", "[]", "{}", "[{}]", "[null]", "{\"data\":[{}]}", "{\"data\":[7]}", "{\"id\":7}",
        "\"succeeded\"", "\"failed\"", "\"won\"", "\"EUR\"", "253402300800", "\"2024-05-01T00:00:00Z\"", "\"AUTHORISATION\"", "\"charge.refunded\"",
    ];

    private static readonly string[] Stripes =
    [
        .. from kind in StripeMapping.MappedKinds
           select StripeTest.Event(kind, 1, StripeTest.Charge("succeeded", refunds: $$""","refunds":{"data":[{{StripeTest.Refund("succeeded", 1, 1)}}]},"reversals":{"data":[{{StripeTest.Refund("succeeded", 1, 1)}}]}"""), more: ",\"account\":\"acct_1\""),
    ];

    private static readonly string[] Adyens = [.. AdyenMapping.MappedKinds.Select(kind => AdyenTest.Item(kind, "P1", 0, original: "P0", action: "refund"))];

    [Test]
    public async Task Stripe_ChangedSignedEvents_AreRejectedOrMapped()
    {
        var random = new Random(1);
        var counts = (Rejected: 0, Mapped: 0);
        for (var round = 0; round < Rounds; round++)
        {
            var inbox = new MemoryInbox(StripeTest.Connector, StripeTest.Webhooks, StripeTest.Settings);
            try
            {
                await inbox.DeliverAsync(StripeTest.Sign(Change(Stripes[random.Next(Stripes.Length)], random)));
                counts.Mapped++;
            }
            catch (WebhookRejectedException)
            {
                counts.Rejected++;
            }
        }

        Assert.That(counts.Rejected, Is.Positive);
        Assert.That(counts.Mapped, Is.GreaterThan(Rounds / 2));
    }

    [Test]
    public async Task Adyen_ChangedItems_AreMapped()
    {
        var random = new Random(2);
        for (var round = 0; round < Rounds; round++)
        {
            var inbox = new MemoryInbox(AdyenTest.Connector);
            var item = Change(Adyens[random.Next(Adyens.Length)], random);
            await inbox.AddAsync("item", AdyenTest.Webhooks.Map(item, random.Next(2) == 0 ? AdyenTest.Automatic : AdyenTest.Manual with { FindByMerchantReference = true }, AdyenTest.Connector));
        }
    }

    [Test]
    public void Receive_ChangedBytes_AreReadOrRejected()
    {
        var random = new Random(3);
        var rejected = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var adyen = Bytes(AdyenTest.Batch(Adyens[random.Next(Adyens.Length)], Adyens[random.Next(Adyens.Length)]), random);
            var stripe = Bytes(Stripes[random.Next(Stripes.Length)], random);
            rejected += Try(() => AdyenTest.Webhooks.Receive(AdyenTest.Request(adyen), AdyenTest.Automatic, Sample.Now));
            rejected += Try(() => StripeTest.Webhooks.Receive(StripeTest.Sign(stripe), StripeTest.Settings, Sample.Now));
            rejected += Try(() => StripeTest.Webhooks.Receive(StripeTest.Request(stripe, Encoding.Latin1.GetString(Bytes("t=1714564800,v1=00ff", random))), StripeTest.Settings, Sample.Now));
        }

        Assert.That(rejected, Is.InRange(Rounds, (3 * Rounds) - 1));
    }

    [Test]
    public async Task Reports_ChangedCells_AreMappedOrRejected()
    {
        var random = new Random(4);
        string[] stripe = ["created_utc", "reporting_category", "source_id", "currency", "gross", "customer_facing_amount", "customer_facing_currency", "charge_id", "payment_intent_id", "card_brand"];
        string[] adyen = ["Psp Reference", "Creation Date", "TimeZone", "Type", "Modification Reference", "Gross Currency", "Gross Debit (GC)", "Gross Credit (GC)", "Payment Method"];
        string[] cells =
        [
            "", " ", "x", "-", "1.00", "-1.00", "1,00", "1e9", "99999999999999999999999999999999999999999", "usd", "JPY", "2024-05-01 12:00:00", "9999-12-31 23:59:59", "0001-01-01 00:00:00", "charge", "refund", "dispute",
            "partial_capture_reversal", "topup", "transfer", "tr_1", "tu_1", "Settled", "Refunded", "Chargeback", "PaidOut", "UTC", "NZDT", "EST", "\u0000", "\ud800", "ch_1", "pi_1",
        ];
        foreach (var (report, header) in ((IProviderReport, string[])[])[(new StripeBalanceReport(), stripe), (new AdyenSettlementReport(), adyen)])
        {
            var inbox = new MemoryInbox(report.Provider.Id == "stripe" ? StripeTest.Connector : AdyenTest.Connector);
            var records = Enumerable.Range(2, Rounds).Select(number => new ReportRecord(number, [.. header.Select(_ => cells[random.Next(cells.Length)])]));
            var numbers = new List<long>();
            await foreach (var line in report.ReadAsync(records.Prepend(new(1, header)).ToAsyncEnumerable(), null, inbox.Connector, default))
            {
                numbers.Add(line.Number);
                if (line.Outcome is ProviderCommands)
                {
                    await inbox.AddAsync($"line {line.Number}", line.Outcome);
                }
            }

            Assert.That(numbers, Is.EqualTo(Enumerable.Range(2, Rounds)));
        }
    }

    private static int Try(Func<IReadOnlyList<ProviderEvent>> receive)
    {
        try
        {
            return receive().Count == 0 ? throw new InvalidOperationException("A request without events must be rejected.") : 0;
        }
        catch (WebhookRejectedException)
        {
            return 1;
        }
    }

    private static byte[] Bytes(string text, Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(text).ToList();
        for (var changes = random.Next(3); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(3))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                default:
                    bytes.Insert(at, (byte)"{}[]\":,\\"[random.Next(8)]);
                    break;
            }
        }

        return [.. bytes];
    }

    // Replaces, removes or adds a few members anywhere in the object.
    private static string Change(string json, Random random)
    {
        var root = JsonNode.Parse(json)!.AsObject();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var objects = new List<JsonObject> { root };
            for (var i = 0; i < objects.Count; i++)
            {
                objects.AddRange(objects[i].Select(member => member.Value).SelectMany(value => value is JsonArray array ? array.ToArray() : [value]).OfType<JsonObject>());
            }

            var target = objects[random.Next(objects.Count)];
            if (target.Count > 0)
            {
                var name = target.ElementAt(random.Next(target.Count)).Key;
                target[name] = random.Next(4) == 0 ? null : "@" + random.Next(Values.Length).ToString(CultureInfo.InvariantCulture);
                if (random.Next(4) == 0)
                {
                    target.Remove(name);
                }
            }
        }

        var text = root.ToJsonString();
        for (var i = Values.Length - 1; i >= 0; i--)
        {
            text = text.Replace($"\"@{i}\"", Values[i], StringComparison.Ordinal);
        }

        return text;
    }
}
