using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Payments.Api.Authentication;

namespace Payments.Api.Tests.Authentication;

public sealed class SigningKeysTests
{
    private TemporaryFolder _folder = null!;
    private FakeTimeProvider _clock = null!;

    [SetUp]
    public void Create() => (_folder, _clock) = (new TemporaryFolder(), new FakeTimeProvider(DateTimeOffset.UtcNow));

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void Accepted_EachStepOfRotation_HasOldAndNewKey()
    {
        var keys = Keys();
        var old = keys.Signing.KeyId;
        Assert.That(Accepted(keys), Is.EqualTo((string[])[old]));

        var next = NewKey("signing-key.next.pem");
        Assert.That(Accepted(keys), Is.EqualTo((string[])[old, next]));

        File.Copy(PathOf("signing-key.pem"), PathOf("signing-key.previous.pem"));
        Assert.That(Accepted(keys), Is.EquivalentTo((string[])[old, next]));
        File.Move(PathOf("signing-key.next.pem"), PathOf("signing-key.pem"), overwrite: true);
        Assert.That(Accepted(keys), Is.EqualTo((string[])[next, old]));
        Assert.That(keys.Signing.KeyId, Is.EqualTo(next));

        File.Delete(PathOf("signing-key.previous.pem"));
        Assert.That(Accepted(keys), Is.EqualTo((string[])[next]));
        Assert.That(Accepted(Keys()), Is.EqualTo((string[])[next]), "the same after a restart");
    }

    [TestCase("signing-key.pem")]
    [TestCase("signing-key.next.pem")]
    public void Accepted_FileIsNotAKey_KeepsEarlierKeys(string file)
    {
        var keys = Keys();
        var before = Accepted(keys);
        File.WriteAllText(PathOf(file), "-----BEGIN PRIVATE KEY-----\nhalf");
        Assert.That(Accepted(keys), Is.EqualTo(before));
        File.Delete(PathOf(file));
        Assert.That(Accepted(keys), Is.EqualTo(before));
    }

    [Test]
    public void Accepted_KeyId_ReturnsThatKey()
    {
        var keys = Keys();
        var next = NewKey("signing-key.next.pem");
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(keys.Accepted(next).Select(key => key.KeyId), Is.EqualTo((string[])[next]));
        Assert.That(keys.Accepted("another"), Is.Empty);
        Assert.That(keys.Accepted(null), Has.Exactly(2).Items, "a token without a key id can be signed by any key");
    }

    [Test]
    public void Accepted_PublicKeyFile_IncludesKey()
    {
        var keys = Keys();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(PathOf("signing-key.previous.pem"), other.ExportSubjectPublicKeyInfoPem());
        Assert.That(Accepted(keys), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task Token_EachStepOfRotation_IsAcceptedByEveryInstance()
    {
        using var first = Service();
        using var second = Service();
        var old = await first.TokenAsync();
        NewKey("signing-key.next.pem");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await AssertAcceptedAsync(old, first, second);

        // The first instance signs with the new key. The second one last read the files when that was the next key.
        File.Copy(PathOf("signing-key.pem"), PathOf("signing-key.previous.pem"));
        File.Move(PathOf("signing-key.next.pem"), PathOf("signing-key.pem"), overwrite: true);
        await AssertAcceptedAsync(await second.TokenAsync(), first, second);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var renewed = await first.TokenAsync();
        await AssertAcceptedAsync(old, first, second);
        await AssertAcceptedAsync(renewed, first, second);
        Assert.That(KeyOf(renewed), Is.Not.EqualTo(KeyOf(old)));

        // Without the old key, an instance that has not cached the token rejects it.
        File.Delete(PathOf("signing-key.previous.pem"));
        using var third = Service();
        Assert.That(await third.Client.StatusAsync(old), Is.EqualTo(401));
        await AssertAcceptedAsync(renewed, third);
    }

    private static string KeyOf(string token) => new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(token).Kid;

    private static async Task AssertAcceptedAsync(string token, params PaymentsService[] services)
    {
        foreach (var service in services)
        {
            Assert.That(await service.Client.StatusAsync(token), Is.EqualTo(200));
        }
    }

    private PaymentsService Service() => new(
        services => services.AddSingleton<TimeProvider>(_clock), ("Authentication:SigningKeyFile", PathOf("signing-key.pem")));

    private SigningKeys Keys() =>
        new(Options.Create(new AuthenticationSettings { SigningKeyFile = PathOf("signing-key.pem") }), _clock, NullLogger<SigningKeys>.Instance);

    /// <summary>The accepted keys after the files are read again.</summary>
    private string[] Accepted(SigningKeys keys)
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        return [.. keys.Accepted(null).Select(key => key.KeyId)];
    }

    private string NewKey(string file)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(PathOf(file), key.ExportPkcs8PrivateKeyPem());
        return Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 8));
    }

    private string PathOf(string file) => Path.Combine(_folder.Path, file);
}
