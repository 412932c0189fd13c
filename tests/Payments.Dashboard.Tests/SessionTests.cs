namespace Payments.Dashboard.Tests;

public sealed class SessionTests
{
    [Test]
    public async Task SignIn_InDevelopment_IsOneClickAndLeadsToTheRequestedPage()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard");

        Assert.That(page.Page.Url, Is.EqualTo(Browser.Url("/dashboard")));
        Assert.That(await page.TextAsync("h1"), Is.EqualTo("Overview"));
    }

    [Test]
    public async Task SignOut_EndsTheSession()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard");

        await page.SubmitAsync("form[action='/dashboard/sign-out'] button");
        Assert.That(await page.TextAsync("[role=status]"), Is.EqualTo("You have signed out."));
        await page.Page.GoToAsync(Browser.Url("/dashboard"));

        Assert.That(page.Page.Url, Does.Contain("/dashboard/sign-in"));
    }
}
