using Payments.Domain.Webhooks;

namespace Payments.Domain.Tests.Webhooks;

public sealed class RetryScheduleTests
{
    [Test]
    public void NextDelay_EachFailure_FollowsTheScheduleAndThenGivesUp() => Assert.That(
        Enumerable.Range(1, 10).Select(failed => RetrySchedule.NextDelay(failed, isOrdered: false, null, 0)),
        Is.EqualTo((TimeSpan?[])
        [
            TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
            TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24), null,
        ]));

    [TestCase(0.0, 300)]
    [TestCase(0.5, 315)]
    [TestCase(1.0, 330)]
    public void NextDelay_Jitter_AddsUpToATenth(double random, int seconds) =>
        Assert.That(RetrySchedule.NextDelay(2, isOrdered: false, null, random), Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [TestCase(1, 60, 60, Description = "longer than the schedule")]
    [TestCase(2, 60, 300, Description = "shorter than the schedule")]
    [TestCase(1, 1_000_000, 86_400, Description = "longer than a day")]
    public void NextDelay_RetryAfter_IsHonoredUpToOneDay(int failed, int retryAfter, int seconds) =>
        Assert.That(RetrySchedule.NextDelay(failed, isOrdered: false, TimeSpan.FromSeconds(retryAfter), 0), Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [Test]
    public void NextDelay_RetryAfterOfLastAttempt_GivesUp() =>
        Assert.That(RetrySchedule.NextDelay(10, isOrdered: false, TimeSpan.FromSeconds(1), 0), Is.Null);

    [TestCase(10)]
    [TestCase(1000)]
    public void NextDelay_Ordered_RepeatsTheLastDelay(int failed) =>
        Assert.That(RetrySchedule.NextDelay(failed, isOrdered: true, null, 0), Is.EqualTo(TimeSpan.FromHours(24)));

    [TestCase(-1, false)]
    [TestCase(0, true)]
    public void IsExhausted_FiveDaysOfFailures_IsTrue(int ticks, bool expected)
    {
        var since = Instant.OfUtc(new DateTime(2026, 1, 1));
        Assert.That(RetrySchedule.IsExhausted(since, Instant.OfUtc(since.Utc.AddDays(5).AddTicks(ticks))), Is.EqualTo(expected));
    }
}
