namespace Payments.Durability.Tests;

internal sealed class ChangeTests
{
    private static readonly Change Create = new Payment(1).Create();

    private static readonly Change Replay = new Payment(1).Replay();

    [Test]
    public void Allows_FirstResponseToNewChange_AcceptsOnlyNotReplayed() => Assert.Multiple(() =>
    {
        Assert.That(Create.Allows(isReplayed: false, isOnlyWrite: true), Is.True);
        Assert.That(Create.Allows(isReplayed: true, isOnlyWrite: true), Is.False);
    });

    [Test]
    public void Allows_PossiblyRepeatedChange_AcceptsBoth() => Assert.Multiple(() =>
    {
        Assert.That(Create.Allows(isReplayed: false, isOnlyWrite: false), Is.True);
        Assert.That(Create.Allows(isReplayed: true, isOnlyWrite: false), Is.True);
    });

    [Test]
    public void Allows_Replay_AcceptsOnlyReplayed([Values] bool isOnlyWrite) => Assert.Multiple(() =>
    {
        Assert.That(Replay.Allows(isReplayed: true, isOnlyWrite), Is.True);
        Assert.That(Replay.Allows(isReplayed: false, isOnlyWrite), Is.False);
    });
}
