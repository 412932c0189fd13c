using Payments.Domain.Accounts;

namespace Payments.Domain.Tests.Accounts;

public sealed class AccountTests
{
    [Test]
    public void Create_FutureCreatedAt_AcceptsAtMostFiveMinutes()
    {
        var account = Report();
        Assert.Multiple(() =>
        {
            Assert.That(() => Create(TimeSpan.FromMinutes(5)), Throws.Nothing);
            Assert.That(() => Create(TimeSpan.FromMinutes(5) + TimeSpan.FromTicks(1)), Throws.ArgumentException);
        });

        void Create(TimeSpan ahead) =>
            Account.Create(account.Id, new Instant(Sample.Now + ahead), account.Type, null, null, account.Metadata, account.Raw, Sample.Now);
    }

    [TestCase(0)]
    [TestCase(3)]
    public void CreateAndRestore_UndefinedType_Throw(int type)
    {
        var valid = Report();
        Assert.Multiple(() =>
        {
            Assert.That(() => Report((AccountType)type), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(
                () => Account.Restore(valid.Id, valid.CreatedAt, (AccountType)type, null, null, valid.Metadata, valid.Raw),
                Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void EnsureSameAs_SameReport_ThrowsNothing() => Assert.Multiple(() =>
    {
        Assert.That(() => Report().EnsureSameAs(Report(raw: """{"delivery":2}""")), Throws.Nothing);
        Assert.That(() => Full().EnsureSameAs(Full()), Throws.Nothing);
    });

    [Test]
    public void EnsureSameAs_EveryValueDiffers_NamesEachField() => Assert.That(
        Conflicts(Report(), Full(AccountType.External, seconds: -1)),
        Is.EqualTo((string[])["createdAt", "type", "accountName", "defaultAsset", "metadata"]));

    [Test]
    public void EnsureSameAs_ValuesMissing_NamesEachField() =>
        Assert.That(Conflicts(Full(), Report()), Is.EqualTo((string[])["accountName", "defaultAsset", "metadata"]));

    private static Account Report(AccountType type = AccountType.Internal, string raw = "{}") => Sample.Account(reference: "acc_1", type: type, raw: raw);

    private static Account Full(AccountType type = AccountType.Internal, int seconds = 0) => Sample.Account(
        reference: "acc_1", type: type, name: "Main", defaultAsset: "USD/2", metadata: Sample.Metadata(("key", "a")), seconds: seconds);

    private static string[] Conflicts(Account stored, Account report) =>
        [.. Assert.Throws<ConflictException>(() => stored.EnsureSameAs(report))!.Errors.Select(error => error.Field)];
}
