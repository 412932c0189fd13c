using System.Net;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Payments.Dashboard.Session;
using Payments.Dashboard.Shell;

namespace Payments.Dashboard.Tests;

/// <summary>The pages of accounts, connectors and webhooks in a browser.</summary>
public sealed class OtherPagesTests
{
    private const string Attack = "<img src=x onerror=alert(1)>\"'><script>alert(1)</script>";

    [Test]
    public async Task Accounts_AddedWithForm_IsShownWithLinksToItsPayments()
    {
        await Browser.Api.InstallConnectorAsync();
        await using var page = await Browser.OpenSignedInAsync("/dashboard/accounts/new");
        var reference = $"{Attack} {Guid.NewGuid()}";
        await page.FillAsync("[name=reference]", reference);
        await page.FillAsync("[name=accountName]", Attack);
        await page.FillAsync("[name=defaultAsset]", "USD/2");
        await page.FillAsync("[name=metadata]", $"order = {Attack}");
        await page.SubmitAsync("main form button");

        Assert.That(await page.TextAsync("h1"), Is.EqualTo(Attack));
        Assert.That(await page.TextAsync(), Does.Contain(reference).And.Contain("order"));
        Assert.That(await page.Page.EvaluateExpressionAsync<string>("document.querySelector('.head .btn').href"), Does.Contain("/dashboard/payments?sourceAccountID="));

        await page.SubmitAsync("a[href^='/dashboard/events?subject=']");
        Assert.That(await page.TextAsync("tbody"), Does.Contain("account.created").And.Contain(reference));
    }

    [Test]
    public async Task Accounts_FormBreaksRules_ShowsEachErrorAndWhatWasTyped()
    {
        await Browser.Api.InstallConnectorAsync();
        await using var page = await Browser.OpenSignedInAsync("/dashboard/accounts/new");
        page.ExpectedErrors.Add("status of 400");
        await page.FillAsync("[name=reference]", " x");
        await page.FillAsync("[name=defaultAsset]", "usd");
        await page.SubmitAsync("main form button");

        Assert.That(await page.TextAsync("#field-reference-error"), Does.StartWith("reference must be"));
        Assert.That(await page.TextAsync("#field-defaultAsset-error"), Does.StartWith("defaultAsset must"));
        Assert.That(
            await page.Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('[aria-invalid=true]')].map(e => e.name + '=' + e.value)"),
            Is.EqualTo((string[])["reference= x", "defaultAsset=usd"]));
    }

    [Test]
    public async Task Accounts_NotRecorded_SaysThatPaymentsCanNameIt()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/accounts");
        page.ExpectedErrors.Add("status of 404");
        await page.Page.GoToAsync(Browser.Url($"/dashboard/accounts/{Sample.AccountId}"));

        Assert.That(await page.TextAsync(), Does.Contain("payments can already name it").And.Contain("acc_1"));
    }

    [Test]
    public async Task Accounts_TwoPages_AreLinkedInBothDirections()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        foreach (var _ in Enumerable.Range(0, 26))
        {
            (await Browser.Api.PostJsonAsync("accounts", Request.Account(connector, ("reference", $"\"{Guid.NewGuid()}\"")))).Dispose();
        }

        await using var page = await Browser.OpenSignedInAsync("/dashboard/accounts");
        var first = await page.TextAsync("tbody");
        await page.SubmitAsync("a[rel=next]");
        Assert.That(await page.TextAsync("tbody"), Is.Not.EqualTo(first));
        await page.SubmitAsync("a[rel=prev]");
        Assert.That(await page.TextAsync("tbody"), Is.EqualTo(first));
    }

    [TestCase("/dashboard/accounts?after=x", "after must be a position")]
    [TestCase("/dashboard/accounts?after=9999-12-31T23:59:59Z_1&before=x", "after must be a position")]
    [TestCase("/dashboard/webhooks?before=", "before must be a position")]
    [TestCase("/dashboard/events?kind=x&before=x", "before must be the position of an event")]
    public async Task Page_BadParameter_SaysWhichInsteadOfFailing(string path, string text)
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard");
        page.ExpectedErrors.Add("status of 400");
        await page.Page.GoToAsync(Browser.Url(path));
        Assert.That(await page.TextAsync(), Does.Contain(text));
    }

    [Test]
    public async Task Connectors_InstalledAndConfigured_VerifiesAWebhookAndNeverShowsTheSecret()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/connectors/new");
        var name = $"{Attack[..40]} {Guid.NewGuid():N}";
        await page.FillAsync("[name=provider]", "stripe");
        await page.FillAsync("[name=name]", name);
        await page.SubmitAsync("main form button");
        Assert.That(await page.TextAsync("h1"), Is.EqualTo($"Stripe · {name}"));
        Assert.That(await page.TextAsync(".head .pill"), Is.EqualTo("Webhooks: no secret"));

        page.ExpectedErrors.Add("status of 400");
        await page.FillAsync("#field-webhookSecret", "sk_live_MARK");
        await page.SubmitAsync("form[action$='/settings'] button");
        Assert.That(await page.TextAsync("#field-webhookSecret-error"), Does.Contain("must be the signing secret"));

        await page.FillAsync("#field-webhookSecret", SignedEvents.StripeSecret);
        await page.SubmitAsync("form[action$='/settings'] button");
        Assert.That(await page.TextAsync(), Does.Contain("The settings are saved").And.Contain("One is set"));
        Assert.That(await page.Page.GetContentAsync(), Does.Not.Contain(SignedEvents.StripeSecret).And.Not.Contain("sk_live_MARK"));

        var id = new Uri(page.Page.Url).Segments[^1];
        var intent = $"pi_{Guid.NewGuid():N}";
        (await Browser.Api.PostStripeEventAsync(id, SignedEvents.StripeEvent($"evt_{intent}", "refund.created", 0, SignedEvents.Refund("re_1", intent, 100, 0)))).Dispose();
        (await Browser.Api.PostStripeEventAsync(id, SignedEvents.StripeEvent($"evt_x{intent}", "<img src=x>", 0, "{}"))).Dispose();
        await page.Page.GoToAsync(Browser.Url("/dashboard/connectors"));
        await page.SubmitAsync($"a.pill[href$='{id}?state=waiting']");
        Assert.That(await page.TextAsync("table"), Does.Contain("The payment of this event is not recorded yet").And.Not.Contain("<img"));

        await page.SubmitAsync("tbody a");
        Assert.That(await page.TextAsync(), Does.Contain("Waiting"));
        await page.Page.ClickAsync("summary");
        Assert.That(await page.TextAsync("pre"), Does.StartWith("{\n  \"id\": \"evt_"));
        await page.SubmitAsync("form[action$='/retry'] button");
        Assert.That(await page.TextAsync(), Does.Contain("The event was applied again"));
    }

    [Test]
    public async Task Connectors_Uninstall_NeedsItsNameAndNoPayments()
    {
        using var response = await Browser.Api.PostJsonAsync("connectors/wise", $$"""{"name":"bye {{Guid.NewGuid():N}}"}""");
        var id = (string)(await response.JsonAsync())["data"]!["connectorID"]!;
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/connectors/wise/{id}");
        page.ExpectedErrors.AddRange(["status of 400", "status of 404"]);
        var name = (await page.TextAsync("h1"))["Wise · ".Length..];
        await page.SubmitAsync("a.danger");
        await page.FillAsync("[name=name]", "other");
        await page.SubmitAsync("button.danger");
        Assert.That(await page.TextAsync("#field-name-error"), Is.EqualTo($"name must be {name}, exactly."));

        await page.FillAsync("[name=name]", name);
        await page.SubmitAsync("button.danger");
        Assert.That(page.Page.Url, Is.EqualTo(Browser.Url("/dashboard/connectors")));
        await page.Page.GoToAsync(Browser.Url($"/dashboard/connectors/wise/{id}"));
        Assert.That(await page.TextAsync("h1"), Is.EqualTo("Not found"));
    }

    [Test]
    public async Task Connectors_UninstallWithPayments_ShowsWhyNot()
    {
        var id = await Browser.Api.InstallConnectorAsync("mangopay");
        (await Browser.Api.PostJsonAsync("payments", Request.Payment(id))).Dispose();
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/connectors/mangopay/{id}/uninstall");
        page.ExpectedErrors.Add("status of 409");
        await page.FillAsync("[name=name]", await page.TextAsync("#field-name-hint"));
        await page.SubmitAsync("button.danger");
        Assert.That(await page.TextAsync("[role=alert]"), Does.Contain("The connector has payments or accounts, which are never deleted."));
    }

    [Test]
    public async Task Webhooks_CreatedWithForm_ShowsSecretOnceAndOnlyOnThatPage()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/webhooks/new");
        await page.FillAsync("[name=url]", "http://127.0.0.1:9/hook");
        await page.FillAsync("[name=description]", Attack);
        await page.Page.ClickAsync("[value='webhook.deleted']");
        await page.SubmitAsync("main form button");
        var secret = await page.TextAsync(".secret");
        Assert.That(secret, Does.StartWith("whsec_"));
        Assert.That(page.Page.Url, Does.Match("/dashboard/webhooks/[0-9a-f-]{36}$"), "the address is the endpoint's, so a reload repeats nothing");

        await page.Page.ReloadAsync();
        Assert.That(await page.Page.GetContentAsync(), Does.Not.Contain(secret));
        Assert.That(await page.TextAsync(), Does.Contain(Attack).And.Contain("webhook.deleted").And.Contain(secret.TrimEnd('=')[^4..]));
        await page.Page.GoBackAsync();
        Assert.That(await page.Page.GetContentAsync(), Does.Not.Contain(secret));
        Assert.That((await page.Page.GetCookiesAsync()).Select(cookie => cookie.Value), Has.None.Contains(secret));

        await page.Page.GoForwardAsync();
        await page.SubmitAsync("form[action$='/rotate-secret'] button");
        var rotated = await page.TextAsync(".secret");
        Assert.That(rotated, Is.Not.EqualTo(secret));
        Assert.That(await page.TextAsync(), Does.Contain("signed with both secrets until"));
        await page.SubmitAsync("main .btn.primary");
        Assert.That(await page.TextAsync(), Does.Contain("The earlier secret also signs until"));
        Assert.That(await page.Page.GetContentAsync(), Does.Not.Contain(rotated).And.Not.Contain("/rotate-secret"));
    }

    [Test]
    public async Task Webhooks_UrlBreaksRule_ShowsErrorAndKeepsTheForm()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/webhooks/new");
        page.ExpectedErrors.Add("status of 400");
        await page.FillAsync("[name=url]", $"ftp://{Attack}");
        await page.Page.ClickAsync("[value='payment.created']");
        await page.SubmitAsync("main form button");
        Assert.That(await page.TextAsync("#field-url-error"), Does.StartWith("url must be an absolute https URL"));
        Assert.That(await page.Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll(':checked')].map(e => e.value)"), Is.EqualTo((string[])["payment.created"]));
    }

    [Test]
    public async Task Webhooks_PausedEditedTestedResentAndDeleted_SaysSo()
    {
        using var receiver = new Receiver(HttpStatusCode.InternalServerError, Attack);
        using var created = await Browser.Api.PostJsonAsync("webhooks", JsonSerializer.Serialize(new { url = receiver.Url, types = new[] { "webhook.deleted" } }));
        var id = (string)(await created.JsonAsync())["data"]!["id"]!;
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/webhooks/{id}");

        await page.SubmitAsync("form[action$='/test'] button");
        Assert.That(await page.TextAsync("[role=status]"), Does.Contain("was not accepted").And.Contain("500"));
        receiver.Status = HttpStatusCode.NoContent;
        await page.SubmitAsync("form[action$='/test'] button");
        Assert.That(await page.TextAsync("[role=status]"), Does.Contain("was accepted").And.Contain("204"));

        receiver.Status = HttpStatusCode.InternalServerError;
        await page.Page.ClickAsync("details:has([name=position]) > summary");
        await page.FillAsync("[name=position]", "1");
        await page.SubmitAsync("form.fields[action$='/resend'] button");
        Assert.That(await page.TextAsync("[role=status]"), Does.Contain("sent again"));
        await page.ReloadUntilAsync("The last attempt failed");
        Assert.That(await page.TextAsync("table"), Does.Contain("Pending").And.Not.Contain("earlier attempt"));
        Assert.That(await page.TextAsync("table td:nth-child(3) .pill"), Is.EqualTo("500"));
        Assert.That(await page.TextAsync(".notice:not([role])"), Does.Contain("The last attempt failed"));
        await page.SubmitAsync("a.chip[href$='state=failed']");
        Assert.That(await page.TextAsync(), Does.Contain("No deliveries in this state"));

        await page.Page.ClickAsync("details:has([name=since]) > summary");
        await page.FillAsync("[name=since]", "x");
        page.ExpectedErrors.AddRange(["status of 400", "status of 404"]);
        await page.SubmitAsync("form[action$='/recover'] button");
        Assert.That(await page.TextAsync("#field-since-error"), Does.StartWith("since must be an RFC 3339"));
        receiver.Status = HttpStatusCode.OK;
        await page.FillAsync("[name=since]", "2024-01-01T00:00:00Z");
        await page.SubmitAsync("form[action$='/recover'] button");
        Assert.That(await page.TextAsync("[role=status]"), Does.Contain("1 delivery is sent again"));
        await page.ReloadUntilAsync("Delivered");

        await page.Page.ClickAsync("details:has([name=position]) > summary");
        await page.FillAsync("[name=position]", "999999999");
        await page.SubmitAsync("form.fields[action$='/resend'] button");
        Assert.That(await page.TextAsync("#field-position-error"), Does.Contain("No event has this position"));

        await page.SubmitAsync("form[action$='/pause'] button");
        Assert.That(await page.TextAsync(".head .pill"), Is.EqualTo("Paused"));
        await page.SubmitAsync("form[action$='/resume'] button");
        Assert.That(await page.TextAsync("[role=status]"), Does.Contain("is resumed"));
        await page.SubmitAsync("a[href$='/edit']");
        using (var patch = new StringContent("""{"description":"changed by another client"}""", System.Text.Encoding.UTF8, "application/json"))
        using (var changed = await Browser.Api.PatchAsync($"/api/payments/webhooks/{id}", patch))
        {
            Assert.That(changed.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }

        await page.Page.ClickAsync("[name=ordered]");
        await page.SubmitAsync("main form button");
        Assert.That(await page.TextAsync(), Does.Contain("each event waits for the one before it").And.Contain("changed by another client"));

        await page.SubmitAsync("a[href$='/delete']");
        await page.SubmitAsync("button.danger");
        await page.Page.GoToAsync(Browser.Url($"/dashboard/webhooks/{id}"));
        Assert.That(await page.TextAsync("h1"), Is.EqualTo("Not found"));
    }

    // Every action that changes something needs payments:write. The views ask the session for the same.
    [Test]
    public void Actions_WithPost_NeedTheScopeForWriting()
    {
        var posts = (
            from type in typeof(DashboardController).Assembly.GetTypes()
            where type.IsSubclassOf(typeof(DashboardController)) && type != typeof(TimeZoneController) // sets a cookie only
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            where method.GetCustomAttribute<HttpPostAttribute>() is not null
            select (Name: $"{type.Name}.{method.Name}", Policies: method.GetCustomAttributes<AuthorizeAttribute>().Select(attribute => attribute.Policy))).ToList();

        Assert.That(posts, Has.Count.GreaterThan(10));
        Assert.That(posts.Where(post => !post.Policies.Contains(DashboardScope.Write)).Select(post => post.Name), Is.Empty);
    }
}
