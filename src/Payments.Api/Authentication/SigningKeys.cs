using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Authentication;

/// <summary>The keys (ECDSA P-256) of the built-in token endpoint, in files, so that tokens outlive a restart and are valid on every instance.</summary>
/// <remarks>The file in the setting signs; keys in signing-key.*.pem in the same folder are accepted. Moving files replaces a key while the service runs.</remarks>
internal sealed partial class SigningKeys
{
    private const string NistP256 = "1.2.840.10045.3.1.7";
    private static readonly TimeSpan ReadInterval = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly ILogger<SigningKeys> _logger;
    private readonly Lock _gate = new();
    private Dictionary<string, ECDsaSecurityKey> _byText = [];
    private ECDsaSecurityKey[] _keys;
    private long _readAt;
    private string? _fault;

    /// <summary>Reads the keys. If the signing key does not exist, it is created; instances that start at the same time agree on one.</summary>
    public SigningKeys(IOptions<AuthenticationSettings> settings, TimeProvider clock, ILogger<SigningKeys> logger)
    {
        var path = settings.Value.SigningKeyFile;
        (_path, _clock, _logger) = (path, clock, logger);
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
                $"Authentication:SigningKeyFile is '{path}', and it or a key beside it cannot be used: {e.Message} Set it to a file with an ECDSA P-256 private "
                + "key in PEM, or to a new file in a folder that the service can write to.", e);
        }
    }

    public ECDsaSecurityKey Signing => Current()[0];

    /// <summary>The keys that can have signed a token: the one that it names, or all if it names none.</summary>
    public IEnumerable<SecurityKey> Accepted(string? keyId) => Current().Where(key => string.IsNullOrEmpty(keyId) || key.KeyId == keyId);

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
                    LogChanged(_logger, _keys[0].KeyId, string.Join(", ", _keys.Skip(1).Select(key => key.KeyId)));
                }
            }
            catch (Exception e) when (IsFileError(e))
            {
                // The earlier keys stay: a file may be half copied, or its disk unavailable for a moment.
                if (_fault != e.Message)
                {
                    LogNotRead(_logger, _fault = e.Message);
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

    [LoggerMessage(1, LogLevel.Information, "The signing key is now {Signing}; also accepted: {Accepted}")]
    private static partial void LogChanged(ILogger logger, string signing, string accepted);

    [LoggerMessage(2, LogLevel.Warning, "The signing keys cannot be read; the earlier keys stay in use: {Fault}")]
    private static partial void LogNotRead(ILogger logger, string fault);
}
