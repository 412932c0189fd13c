using System.Globalization;
using Payments.Dashboard.Installation;

namespace Payments.Dashboard.Tests;

public sealed class InstallationTests
{
    [Test]
    public async Task SystemPage_SignedIn_ShowsHealthDatabaseLimitsAndKeys()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/system");
        var text = await page.TextAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("database").And.Contain("healthy").And.Contain("SQLite, ").And.Match("[0-9.]+ kB"));
            Assert.That(text, Does.Contain("RateLimiting:AnonymousRequestsPerSecond").And.Contain("1,000 a second").And.Contain("no limit"));
            Assert.That(text, Does.Contain("signing-key.pem").And.Contain("checkpoint-key.pem").And.Contain("secrets-key.pem").And.Contain("session-key.txt"));
            Assert.That(text, Does.Not.Contain("missing").And.Not.Contain("open to other users"));
        });
        Assert.That(await page.TextAsync("nav [aria-current]"), Is.EqualTo("System"));
    }

    [TestCase("0.00:00:00.5", "less than a second")]
    [TestCase("0.00:00:01", "1 second")]
    [TestCase("0.00:01:05", "1 minute 5 seconds")]
    [TestCase("0.02:00:59", "2 hours")]
    [TestCase("3.04:05:06", "3 days 4 hours")]
    public void Words_Duration_HasTwoLargestUnits(string duration, string expected) =>
        Assert.That(InstallationModel.Words(TimeSpan.Parse(duration, CultureInfo.InvariantCulture)), Is.EqualTo(expected));

    [TestCase(0, "0 bytes")]
    [TestCase(999, "999 bytes")]
    [TestCase(1_000, "1.0 kB")]
    [TestCase(1_700_000_000, "1.7 GB")]
    [TestCase(2_500_000_000_000_000, "2500.0 TB")]
    public void Size_Bytes_HasLargestUnit(long bytes, string expected) => Assert.That(InstallationModel.Size(bytes, CultureInfo.InvariantCulture), Is.EqualTo(expected));

    [TestCase(false, false, "missing")]
    [TestCase(true, true, "open to other users")]
    [TestCase(true, false, "private")]
    public void KeyFile_State_SaysWhetherOthersCanReadIt(bool exists, bool isOpen, string expected) =>
        Assert.That(new KeyFile("", "", exists, isOpen).State.Text, Is.EqualTo(expected));
}
