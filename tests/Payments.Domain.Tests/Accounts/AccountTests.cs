using Payments.Domain.Accounts;
using Payments.Domain.Connectors;

namespace Payments.Domain.Tests.Accounts;

public sealed class AccountTests
{
    private static readonly DateTimeOffset Now = new(2024, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly AccountId Id = new(
        new ConnectorId(Sample.Value<Provider>("stripe"), Guid.Parse("7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f")), Sample.Value<AccountReference>("acc_1"));

    [Test]
    public void Create_FutureCreatedAt_AcceptsAtMostFiveMinutes()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Report(Now.AddMinutes(5)), Throws.Nothing);
            Assert.That(() => Report(Now.AddMinutes(5).AddTicks(1)), Throws.ArgumentException);
        });
    }

    [TestCase(0)]
    [TestCase(3)]
    public void CreateAndRestore_UndefinedType_Throw(int type)
    {
        var sound = Report();
        Assert.Multiple(() =>
        {
            Assert.That(() => Report(type: (AccountType)type), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(
                () => Account.Restore(sound.Id, sound.CreatedAt, (AccountType)type, null, null, sound.Metadata, sound.Raw),
                Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void EnsureSameAs_SameReport_ThrowsNothing()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Report().EnsureSameAs(Report(raw: """{"delivery":2}""")), Throws.Nothing);
            Assert.That(
                () => Report(name: "Main", asset: "USD/2", metadata: "a").EnsureSameAs(Report(name: "Main", asset: "USD/2", metadata: "a")),
                Throws.Nothing);
        });
    }

    [Test]
    public void EnsureSameAs_EveryValueDiffers_NamesEachField() => Assert.That(
        Conflicts(Report(), Report(Now.AddTicks(-1), AccountType.External, "Main", "USD/2", "a")),
        Is.EqualTo((string[])["createdAt", "type", "accountName", "defaultAsset", "metadata"]));

    [Test]
    public void EnsureSameAs_ValuesMissing_NamesEachField() => Assert.That(
        Conflicts(Report(name: "Main", asset: "USD/2", metadata: "a"), Report()),
        Is.EqualTo((string[])["accountName", "defaultAsset", "metadata"]));

    private static Account Report(
        DateTimeOffset? createdAt = null,
        AccountType type = AccountType.Internal,
        string? name = null,
        string? asset = null,
        string? metadata = null,
        string raw = "{}") => Account.Create(
            Id,
            new Instant(createdAt ?? Now),
            type,
            name is null ? null : Sample.Value<AccountName>(name),
            asset is null ? null : Sample.Value<Asset>(asset),
            metadata is null ? Metadata.Empty : Metadata.Restore(new Dictionary<string, string> { ["key"] = metadata }),
            new RawJson(raw),
            Now);

    private static string[] Conflicts(Account stored, Account report) =>
        [.. Assert.Throws<ConflictException>(() => stored.EnsureSameAs(report))!.Errors.Select(error => error.Field)];
}
