using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Secrets;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Tests.Secrets;

public sealed class SecretKeysTests
{
    private readonly TemporaryFolder _folder = new();
    private int _folders;
    private string _data = null!;

    private string KeyFile => Path.Combine(_data, "secrets-key.pem");

    [SetUp]
    public void NewFolder() => _data = Path.Combine(_folder.Path, $"{++_folders}");

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void Prepare_FirstStart_CreatesAKeyThatOnlyItsOwnerCanRead()
    {
        Open();
        Assert.That(File.ReadAllText(KeyFile), Does.StartWith("-----BEGIN PAYMENTS SECRETS KEY-----\n"));
        Assert.That(PrivateFile.IsOpenToOthers(KeyFile), Is.False);
    }

    [Test]
    public void Encrypt_SameSecretTwice_DiffersAndNamesTheKey()
    {
        var keys = Open();
        var (one, two) = (Encrypt(keys), Encrypt(keys));
        Assert.That(one, Is.Not.EqualTo(two));
        Assert.That(SecretKeys.KeyId(one), Is.EqualTo(keys.CurrentId));
        Assert.That(one, Does.Not.Contain(Convert.ToBase64String("not to be told"u8)));
    }

    [Test]
    public void Decrypt_AfterRestart_ReturnsTheSecret()
    {
        var value = Encrypt(Open());
        Assert.That(Decrypt(Open(value), value), Is.EqualTo("not to be told"));
    }

    [TestCase("webhook", "8")]
    [TestCase("connector", "7")]
    public void Decrypt_OtherPurposeOrRow_Throws(string purpose, string row)
    {
        var keys = Open();
        var value = Encrypt(keys);
        Assert.That(() => keys.Decrypt(purpose, row, value), Throws.InstanceOf<CryptographicException>());
    }

    [Test]
    public void Decrypt_AnyByteChanged_Throws()
    {
        var keys = Open();
        var value = Encrypt(keys);
        var start = value.IndexOf(':', StringComparison.Ordinal) + 1;
        var bytes = Convert.FromBase64String(value[start..]);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            var changed = value[..start] + Convert.ToBase64String(bytes);
            Assert.That(() => Decrypt(keys, changed), Throws.InstanceOf<CryptographicException>(), $"byte {i}");
            bytes[i] ^= 1;
        }
    }

    [TestCase("")]
    [TestCase("no key id")]
    [TestCase("0123456789abcdef:AAAA")]
    public void Decrypt_NotEncryptedByThisService_Throws(string value)
    {
        var keys = Open();
        Assert.That(() => Decrypt(keys, value), Throws.InstanceOf<CryptographicException>());
    }

    [TestCase("")]
    [TestCase("AAAA")]
    [TestCase("not base64")]
    public void Decrypt_Truncated_Throws(string rest)
    {
        var keys = Open();
        Assert.That(() => Decrypt(keys, $"{keys.CurrentId}:{rest}"), Throws.InstanceOf<CryptographicException>());
    }

    [Test]
    public void Prepare_KeyRetired_CreatesANewKeyAndStillDecrypts()
    {
        var before = Open();
        var value = Encrypt(before);
        File.Move(KeyFile, Path.Combine(_data, "secrets-key.2026.pem"));
        var after = Open(value);
        Assert.Multiple(() =>
        {
            Assert.That(after.CurrentId, Is.Not.EqualTo(before.CurrentId));
            Assert.That(Decrypt(after, value), Is.EqualTo("not to be told"));
            Assert.That(after.Files.Select(Path.GetFileName), Is.EqualTo((string[])["secrets-key.pem", "secrets-key.2026.pem"]));
        });
    }

    [Test]
    public void Decrypt_KeyOfAnotherInstance_IsReadWhenItIsNeeded()
    {
        var early = Open();
        File.Move(KeyFile, Path.Combine(_data, "secrets-key.2026.pem"));
        var value = Encrypt(Open());
        Assert.That(Decrypt(early, value), Is.EqualTo("not to be told"));
    }

    [Test]
    public void Prepare_KeyMissingWhileThereAreSecrets_ThrowsAndCreatesNoKey()
    {
        var keys = Open();
        var value = Encrypt(keys);
        File.Delete(KeyFile);
        Assert.That(
            () => Open(value),
            Throws.TypeOf<StartupException>().With.Message.Contains($"Secrets:KeyFile is '{KeyFile}'").And.Message.Contains(keys.CurrentId));
        Assert.That(File.Exists(KeyFile), Is.False);
    }

    [Test]
    public void Prepare_OtherKeyWhileThereAreSecrets_Throws()
    {
        var value = Encrypt(Open());
        File.Delete(KeyFile);
        Open();
        Assert.That(() => Open(value), Throws.TypeOf<StartupException>().With.Message.Contains("1 secrets"));
    }

    [Test]
    public void Prepare_SameKeyIdAndValueOfAnotherRow_Throws()
    {
        var keys = Open();
        var value = keys.Encrypt("webhook", "8", "not to be told"u8);
        Assert.That(() => Open(value), Throws.TypeOf<StartupException>());
    }

    [TestCase("")]
    [TestCase("-----BEGIN PAYMENTS SECRETS KEY-----\nAAAA\n-----END PAYMENTS SECRETS KEY-----\n")]
    [TestCase("-----BEGIN PRIVATE KEY-----\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PRIVATE KEY-----\n")]
    public void Prepare_NotAKey_ThrowsNamingSettingAndFile(string text)
    {
        Directory.CreateDirectory(_data);
        File.WriteAllText(KeyFile, text);
        Assert.That(
            () => Open(),
            Throws.TypeOf<StartupException>().With.Message.Contains("Secrets:KeyFile").And.Message.Contains($"{KeyFile} is not a key that the service created"));
    }

    [Test]
    public void Prepare_TwentyInstancesAtTheSameTime_AgreeOnOneKey()
    {
        var ids = new string[20];
        Parallel.For(0, ids.Length, i => ids[i] = Open().CurrentId);
        Assert.That(ids.Distinct().Count(), Is.EqualTo(1));
        Assert.That(Directory.GetFiles(_data), Is.EqualTo((string[])[KeyFile]), "no temporary file is left");
    }

    private static string Encrypt(SecretKeys keys) => keys.Encrypt("webhook", "7", "not to be told"u8);

    private static string Decrypt(SecretKeys keys, string value) => Encoding.UTF8.GetString(keys.Decrypt("webhook", "7", value));

    private SecretKeys Open(params string[] secrets)
    {
        var keys = new SecretKeys(Options.Create(new SecretsOptions { KeyFile = KeyFile }), new HostingEnvironment { ContentRootPath = "/" });
        keys.Prepare(secrets.Select(value => new StoredSecret { Purpose = "webhook", Row = "7", Number = 1, Value = value }));
        return keys;
    }
}
