using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Authentication;

/// <summary>
/// The keys (ECDSA P-256) of the built-in endpoint's tokens, in files, so that tokens outlive a restart and hold on every instance. The one that
/// the setting names signs; signing-key.*.pem beside it, such as signing-key.next.pem, are accepted. The files are looked at again while the
/// service runs, so a key is replaced by moving files.
/// </summary>
internal sealed partial class SigningKeys
{
    private const string NistP256 = "1.2.840.10045.3.1.7";

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly ILogger<SigningKeys> _logger;
    private readonly Lock _gate = new();
    private Dictionary<string, ECDsaSecurityKey> _byText = [];
    private ECDsaSecurityKey[] _keys;
    private long _lookedAt;
    private string? _fault;

    /// <summary>Reads the keys, and makes the one that signs where there is none yet; of several instances that start together, all come to the same one.</summary>
    /// <exception cref="StartupException">A file is not a key of this kind, or cannot be read or made.</exception>
    public SigningKeys(string path, TimeProvider clock, ILogger<SigningKeys> logger)
    {
        (_path, _clock, _logger) = (path, clock, logger);
        try
        {
            if (!File.Exists(path))
            {
                Create(path);
            }

            _keys = Read();
            _lookedAt = clock.GetTimestamp();
        }
        catch (Exception e) when (IsOfAFile(e))
        {
            throw new StartupException(
                $"The signing key {path} cannot be used, or one beside it: {e.Message} Set Authentication:SigningKeyFile to a file of an ECDSA P-256 key in PEM, "
                + "or to one in a folder where it can be made.", e);
        }
    }

    /// <summary>The key that new tokens are signed with.</summary>
    public ECDsaSecurityKey Signing => Current()[0];

    /// <summary>The keys that a token may be signed with; of one that names its key, only that one.</summary>
    public IEnumerable<SecurityKey> Accepted(string? keyId) => Current().Where(key => string.IsNullOrEmpty(keyId) || key.KeyId == keyId);

    /// <summary>The files, for who checks their rights.</summary>
    public static IReadOnlyList<string> Files(string path) =>
        [path, .. Directory.GetFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileNameWithoutExtension(path)}.*{Path.GetExtension(path)}").Where(file => file != path)];

    private ECDsaSecurityKey[] Current()
    {
        lock (_gate)
        {
            if (_clock.GetElapsedTime(_lookedAt) < LookAgainAfter)
            {
                return _keys;
            }

            _lookedAt = _clock.GetTimestamp();
            var before = _keys;
            try
            {
                _keys = Read();
                _fault = null;
            }
            catch (Exception e) when (IsOfAFile(e))
            {
                // What was good stays good: a file may be half copied, or its disk away for a moment.
                if (_fault != e.Message)
                {
                    _fault = e.Message;
                    LogNotRead(_logger, e.Message);
                }
            }

            if (!_keys.SequenceEqual(before))
            {
                LogChanged(_logger, _keys[0].KeyId, string.Join(", ", _keys.Skip(1).Select(key => key.KeyId)));
            }

            return _keys;
        }
    }

    private ECDsaSecurityKey[] Read()
    {
        // The one that signs is read last: whichever way files are moved meanwhile, a key that another instance signs with already is among them.
        var read = new Dictionary<string, ECDsaSecurityKey>();
        ECDsaSecurityKey[] accepted = [.. Files(_path).Skip(1).Select(KeyOf)];
        var signing = KeyOf(_path);
        _ = signing.ECDsa.ExportParameters(includePrivateParameters: true); // which the public part alone does not let one do
        _byText = read;
        return [.. accepted.Prepend(signing).DistinctBy(key => key.KeyId)];

        // The same text stays the same key, for the framework keeps what it has made of a key.
        ECDsaSecurityKey KeyOf(string file)
        {
            var text = File.ReadAllText(file);
            return read[text] = _byText.GetValueOrDefault(text) ?? Import(file, text);
        }
    }

    private static ECDsaSecurityKey Import(string file, string pem)
    {
        try
        {
            var key = ECDsa.Create();
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != NistP256)
            {
                throw new CryptographicException("Its curve is not P-256.");
            }

            var thumbprint = SHA256.HashData(key.ExportSubjectPublicKeyInfo());
            return new ECDsaSecurityKey(key) { KeyId = Convert.ToHexStringLower(thumbprint.AsSpan(0, 8)) };
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new CryptographicException($"{file} is not such a key. {e.Message}", e);
        }
    }

    private static void Create(string path)
    {
        PrivateFolder.Create(Path.GetDirectoryName(path)!);
        // Written whole under another name and then moved, so that no instance ever reads half a key.
        var temporary = Path.Combine(Path.GetDirectoryName(path)!, $"{Guid.NewGuid():N}.tmp");
        using (var file = new StreamWriter(PrivateFile.Create(temporary)))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            file.Write(key.ExportPkcs8PrivateKeyPem());
        }

        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }
    }

    private static bool IsOfAFile(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException;

    [LoggerMessage(1, LogLevel.Information, "Tokens are signed with the key {Signing}; accepted too: {Accepted}")]
    private static partial void LogChanged(ILogger logger, string signing, string accepted);

    [LoggerMessage(2, LogLevel.Warning, "The signing keys cannot be read again, so those from before go on: {Fault}")]
    private static partial void LogNotRead(ILogger logger, string fault);
}
