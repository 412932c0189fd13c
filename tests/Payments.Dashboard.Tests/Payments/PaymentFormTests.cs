using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Payments.Dashboard.Payments;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Dashboard.Tests.Payments;

public sealed class PaymentFormTests
{
    private static readonly PaymentId Id = Sample.Value<PaymentId>(Sample.PaymentId);

    [Test]
    public void ToCommand_Adjustment_HasMinorUnitsAndTheOffsetOfTheReader()
    {
        var command = Adjustment(("amount", " 10.5 "), ("createdAt", "2026-05-01T14:00:05")).ToCommand(Id, ListModels.Berlin);
        Assert.Multiple(() =>
        {
            Assert.That((command.Reference, command.Status, command.Amount, command.CreatedAt), Is.EqualTo(("re_1", "REFUNDED", "1050", "2026-05-01T14:00:05+02:00")));
            Assert.That(command.ExpectedVersions, Is.EqualTo(new[] { "3" }));
            Assert.That(command.Raw, Is.EqualTo("""{"reference":"re_1","createdAt":"2026-05-01T14:00:05+02:00","status":"REFUNDED","amount":1050}"""));
        });
    }

    [Test]
    public void ToCommand_Adjustment38Digits_IsExact()
    {
        var command = Adjustment(("amount", "123456789012345678901234567890123456.78")).ToCommand(Id, TimeZoneInfo.Utc);
        Assert.That(command.Amount, Is.EqualTo("12345678901234567890123456789012345678"));
        Assert.That(command.Raw, Does.Contain("\"amount\":12345678901234567890123456789012345678"));
    }

    [Test]
    public void ToCommand_NoAmount_LeavesItToTheCommand() => Assert.That(Adjustment(("amount", "")).ToCommand(Id, TimeZoneInfo.Utc).Amount, Is.Null);

    // 38 digits are valid minor units, but not as many euros.
    [TestCase("12345678901234567890123456789012345678")]
    [TestCase("10,50")]
    [TestCase("1050 EUR")]
    public void ToCommand_NoAmountInMajorUnits_IsNeverTakenForMinorUnits(string amount)
    {
        var form = Adjustment(("amount", amount));
        Assert.That(MinorUnits.TryParse(form.ToCommand(Id, TimeZoneInfo.Utc).Amount!, out _), Is.False);

        form.AddErrors([new("amount", "must be a whole number of minor units"), new("reference", "is required"), new("adjustments", "must have at most 1000 items")]);
        Assert.That(form.Errors["amount"], Does.StartWith("must be an amount in EUR such as 100.50"));
        Assert.That(form.Errors["reference"], Is.EqualTo("is required"));
        Assert.That(form.Message, Is.EqualTo("adjustments must have at most 1000 items."));
    }

    [TestCase("must be at most 24000, which is left to refund. Send it again", "must be at most 240.00 EUR, which is left to refund. Send it again")]
    [TestCase("must be 1005, which is recorded", "must be 10.05 EUR, which is recorded")]
    [TestCase("is required", "is required")]
    public void AddErrors_RuleWithMinorUnits_HasTheMajorUnitsOfTheForm(string rule, string shown)
    {
        var form = Adjustment();
        form.AddErrors([new("amount", rule)]);
        Assert.That(form.Errors["amount"], Is.EqualTo(shown));
    }

    [TestCase("", "is required")]
    [TestCase(" re", "must be 1 to 1000 characters")]
    public void AddErrors_Reference_IsRequiredIfNothingIsTyped(string reference, string shown)
    {
        var form = Adjustment(("reference", reference));
        form.AddErrors([new("reference", "must be 1 to 1000 characters")]);
        Assert.That(form.Errors["reference"], Is.EqualTo(shown));
    }

    [TestCase("[1]")]
    [TestCase("{")]
    [TestCase("""{"a":1,"a":2}""")]
    public void ToCommand_RawIsNoObject_ThrowsNamingRaw(string raw) => Assert.That(
        Assert.Throws<ValidationException>(() => Adjustment(("raw", raw)).ToCommand(Id, TimeZoneInfo.Utc))!.Errors.Single().Field, Is.EqualTo("raw"));

    [Test]
    public void ToCommand_Raw_IsKeptAsTyped() =>
        Assert.That(Adjustment(("raw", " { \"id\": 1.50 } ")).ToCommand(Id, TimeZoneInfo.Utc).Raw, Is.EqualTo("{ \"id\": 1.50 }"));

    [Test]
    public void New_AdjustmentInTheSameSecond_IsAfterTheLatestOne()
    {
        var now = new DateTimeOffset(2026, 5, 1, 12, 0, 0, 400, TimeSpan.Zero);
        var payment = PaymentModels.Stored(("own", "SUCCEEDED", "100", now.AddMilliseconds(300).UtcDateTime));
        Assert.That(AdjustmentForm.New(payment, now, ListModels.Berlin).CreatedAt, Is.EqualTo("2026-05-01T14:00:01"));
    }

    [TestCase("2026-10-25T00:30:00Z", "2026-10-25T02:30:00+02:00")]
    [TestCase("2026-10-25T01:30:00Z", "2026-10-25T02:30:00+01:00")]
    public void New_HourThatTheClockShowsTwice_IsReadBackAsTheSameTime(string now, string expected)
    {
        var time = DateTimeOffset.Parse(now, CultureInfo.InvariantCulture);
        var shown = AdjustmentForm.New(PaymentModels.Stored(("own", "SUCCEEDED", "100", time.AddDays(-1).UtcDateTime)), time, ListModels.Berlin);

        var command = Adjustment(("createdAt", shown.CreatedAt), ("offset", shown.Offset)).ToCommand(Id, ListModels.Berlin);

        Assert.That(command.CreatedAt, Is.EqualTo(expected));
    }

    [Test]
    public void ToCommand_Metadata_HasOnlyWhatWasChanged()
    {
        var form = Entries([("same", "a\r\nb", "a\nb"), ("changed", "new\r\nline", "old"), ("gone", "x", "x"), ("emptied", "", "x")], ["gone"], "added", "value");
        var command = form.ToCommand(Id);
        Assert.That(command.Changes, Is.EqualTo(new Dictionary<string, string?> { ["changed"] = "new\nline", ["gone"] = null, ["emptied"] = "", ["added"] = "value" }));
        Assert.That(command.ExpectedVersions, Is.EqualTo(new[] { "3" }));
    }

    [Test]
    public void ToCommand_MetadataValueWithoutKey_ThrowsNamingTheKey() => Assert.That(
        Assert.Throws<ValidationException>(() => Entries([], [], "", "value").ToCommand(Id))!.Errors.Single().Field, Is.EqualTo("newKey"));

    [Test]
    public void Over_OutdatedForm_ShowsWhatWasTypedAndWhatIsRecordedNow()
    {
        var form = Entries([("mine", "typed", "was"), ("theirs", "was", "was"), ("both", "typed", "was"), ("removed", "was", "was"), ("removedToo", "typed", "was")], ["both"], "added", "value");
        form.IsOutdated = true;

        var shown = form.Over(Sample.Metadata(("mine", "was"), ("theirs", "now"), ("both", "now"), ("new", "now")), "4");
        Assert.Multiple(() =>
        {
            Assert.That(shown.Version, Is.EqualTo("4"));
            Assert.That(shown.Entries, Is.EqualTo(new MetadataEntry[]
            {
                new("mine", "typed", "was"), new("theirs", "now", "now", Now: "now"), new("both", "typed", "now", IsRemoved: true, Now: "now"),
                new("removedToo", "typed", "", Now: ""), new("new", "now", "now", Now: "now"),
            }));
            Assert.That((shown.NewKey, shown.NewValue, shown.HasErrors), Is.EqualTo(("added", "value", true)));
        });
    }

    private static AdjustmentForm Adjustment(params (string Name, string Value)[] changes)
    {
        var fields = new Dictionary<string, StringValues>
        {
            ["version"] = "3",
            ["status"] = "REFUNDED",
            ["amount"] = "10",
            ["reference"] = "re_1",
            ["createdAt"] = "2026-05-01T14:00:00",
            ["raw"] = "",
        };
        foreach (var (name, value) in changes)
        {
            fields[name] = value;
        }

        return AdjustmentForm.Read(new FormCollection(fields), "EUR/2");
    }

    private static MetadataForm Entries((string Key, string Value, string Was)[] entries, string[] removed, string newKey, string newValue) => MetadataForm.Read(
        new FormCollection(new Dictionary<string, StringValues>
        {
            ["version"] = "3",
            ["key"] = entries.Select(entry => entry.Key).ToArray(),
            ["value"] = entries.Select(entry => entry.Value).ToArray(),
            ["was"] = entries.Select(entry => entry.Was).ToArray(),
            ["remove"] = removed,
            ["newKey"] = newKey,
            ["newValue"] = newValue,
        }));
}
