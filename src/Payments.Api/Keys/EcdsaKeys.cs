using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Keys;

/// <summary>Keys (ECDSA P-256) in files, so that what they sign outlives a restart and is valid on every instance.</summary>
/// <remarks>The file in the setting signs; keys in <c>name.*.pem</c> in the same folder are accepted. Moving files replaces a key while the service runs.</remarks>
internal abstract partial class EcdsaKeys
{
    private const string NistP256 = "1.2.840.10045.3.1.7";
    private static readonly TimeSpan ReadInterval = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly string _purpose;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private Dictionary<string, ECDsaSecurityKey> _byText = [];
    private ECDsaSecurityKey[] _keys;
    private long _readAt;
    private string? _fault;

    /// <summary>Reads the keys. If the signing key does not exist, it is created; instances that start at the same time agree on one.</summary>
    protected EcdsaKeys(string setting, string path, string purpose, TimeProvider clock, ILogger logger)
    {
        (_path, _purpose, _clock, _logger) = (path, purpose, clock, logger);
        try
        {
            if (!File.Exists(path))
            {
                Create(path);
            }

            _keys = Read();
            _readAt = clock.GetTimestamp();
        }
        catch (Exception e) when (IsFileError(e))
        {
            throw new StartupException(
                $"{setting} is '{path}', and it or another key in its folder cannot be used: {e.Message} Set it to a file with an ECDSA P-256 private "
                + "key in PEM, or to a new file in a folder that the service can write to.", e);
        }
    }

    public ECDsaSecurityKey Signing => Current()[0];

    /// <summary>The keys that can have signed: the one that is named, or all if none is.</summary>
    public IEnumerable<ECDsaSecurityKey> Accepted(string? keyId) => Current().Where(key => string.IsNullOrEmpty(keyId) || key.KeyId == keyId);

    /// <summary>Reads the keys of a setting to verify only. They can be public keys, and the key of the setting itself can be missing.</summary>
    /// <exception cref="InvalidDataException">A file is not a key.</exception>
    public static IReadOnlyList<ECDsaSecurityKey> ReadAccepted(string path)
    {
        try
        {
            return [.. PrivateFile.WithRetired(path).Where(File.Exists).Select(file => Import(file, File.ReadAllText(file)))];
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    private ECDsaSecurityKey[] Current()
    {
        lock (_gate)
        {
            if (_clock.GetElapsedTime(_readAt) < ReadInterval)
            {
                return _keys;
            }

            _readAt = _clock.GetTimestamp();
            try
            {
                var before = _keys;
                _keys = Read();
                _fault = null;
                if (!_keys.SequenceEqual(before))
                {
                    LogChanged(_logger, _purpose, _keys[0].KeyId, string.Join(", ", _keys.Skip(1).Select(key => key.KeyId)));
                }
            }
            catch (Exception e) when (IsFileError(e))
            {
                // The earlier keys stay: a file may be half copied, or its disk unavailable for a moment.
                if (_fault != e.Message)
                {
                    LogNotRead(_logger, _purpose, _fault = e.Message);
                }
            }

            return _keys;
        }
    }

    private ECDsaSecurityKey[] Read()
    {
        // The signing key is read last: if files are moved at the same time, a key that another instance already signs with is still read.
        var read = new Dictionary<string, ECDsaSecurityKey>();
        ECDsaSecurityKey[] accepted = [.. PrivateFile.WithRetired(_path).Skip(1).Select(KeyOf)];
        var signing = KeyOf(_path);
        _ = signing.ECDsa.ExportParameters(includePrivateParameters: true); // fails for a public key
        _byText = read;
        return [.. accepted.Prepend(signing).DistinctBy(key => key.KeyId)];

        // A key keeps its object while its file is the same, because the framework caches by the object.
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
            throw new CryptographicException($"{file} is not an ECDSA P-256 key. {e.Message}", e);
        }
    }

    private static void Create(string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PrivateFile.CreateOnce(path, key.ExportPkcs8PrivateKeyPem());
    }

    private static bool IsFileError(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException;

    [LoggerMessage(1, LogLevel.Information, "The {Purpose} key is now {Signing}; also accepted: {Accepted}")]
    private static partial void LogChanged(ILogger logger, string purpose, string signing, string accepted);

    [LoggerMessage(2, LogLevel.Warning, "The {Purpose} keys cannot be read; the earlier keys stay in use: {Fault}")]
    private static partial void LogNotRead(ILogger logger, string purpose, string fault);
}
