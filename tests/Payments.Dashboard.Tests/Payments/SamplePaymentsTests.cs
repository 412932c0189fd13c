using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Payments.Application.Payments;
using Payments.Dashboard.Payments;

namespace Payments.Dashboard.Tests.Payments;

public sealed partial class SamplePaymentsTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 2, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Until_Now_AreAbout60PaymentsOfTheLast30Days()
    {
        var commands = SamplePayments.Until(Now).ToList();
        var created = commands.OfType<CreatePaymentCommand>().ToList();
        var times = commands.Cast<IPaymentReport>().Select(command => command switch
        {
            CreatePaymentCommand create => create.CreatedAt!,
            AdjustPaymentCommand adjust => adjust.CreatedAt!,
            _ => throw new InvalidOperationException(),
        }).Select(time => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture)).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(created.Select(command => command.Reference).Distinct().Count(), Is.InRange(55, 60));
            Assert.That(times, Has.All.InRange(Now.AddDays(-30), Now));
            Assert.That(created.Select(command => command.Asset).Distinct(), Is.SupersetOf(new[] { "EUR/2", "USD/2", "JPY/0", "KWD/3" }));
            Assert.That(commands.OfType<AdjustPaymentCommand>().Select(command => command.Status).Distinct(), Is.SupersetOf(new[] { "REFUNDED", "DISPUTE", "DISPUTE_LOST" }));
        });
    }

    [Test]
    public void Until_LaterDay_RepeatsWhatIsRecorded()
    {
        var known = SamplePayments.Until(Now).OfType<CreatePaymentCommand>().Where(command => !IsOld(command.CreatedAt!)).Select(Text).ToList();
        Assert.That(SamplePayments.Until(Now.AddDays(1)).OfType<CreatePaymentCommand>().Select(Text), Is.SupersetOf(known));

        static string Text(CreatePaymentCommand command) => $"{command with { Metadata = null }} {command.Metadata!["order"]}";

        static bool IsOld(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) < Now.Date.AddDays(-28);
    }

    [Test]
    public async Task Record_EmptyDatabase_RecordsThemOnce()
    {
        using var folder = new TemporaryFolder();
        using var service = new ServiceProcess(folder.Path, []);
        using var api = await service.ReadyAsync();
        using var browser = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = api.BaseAddress };

        await PostAsync("/dashboard/sign-in", "/dashboard/sign-in/development");
        var empty = await browser.GetStringAsync(new Uri("/dashboard/payments", UriKind.Relative));
        Assert.That(empty, Does.Contain("No payments are recorded yet").And.Contain("Record sample payments").And.Contain("/api/payments/payments"));

        var list = await PostAsync("/dashboard/payments", "/dashboard/payments/samples");
        Assert.That(list, Does.Contain("sample_").And.Not.Contain("Record sample payments"));
        var events = await CountEventsAsync();
        await PostAsync("/dashboard/payments", "/dashboard/payments/samples");
        Assert.That(await CountEventsAsync(), Is.EqualTo(events));

        async Task<string> PostAsync(string page, string action)
        {
            var html = await browser.GetStringAsync(new Uri(page, UriKind.Relative));
            using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", Token().Match(html).Groups[1].Value)]);
            using var response = await browser.PostAsync(new Uri(action, UriKind.Relative), form);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            return await response.Content.ReadAsStringAsync();
        }

        async Task<string> CountEventsAsync()
        {
            using var response = await api.GetAsync(new Uri("/api/payments/events?after=0&limit=1000", UriKind.Relative));
            return response.Headers.GetValues("Payments-Position").Single();
        }
    }

    [GeneratedRegex("""name="__RequestVerificationToken" type="hidden" value="([^"]+)""")]
    private static partial Regex Token();
}
