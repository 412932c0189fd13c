using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Secrets;

/// <summary>The keys (AES-256-GCM) that encrypt the secrets in the database, in files that all instances share and no backup contains.</summary>
/// <remarks>The file in the setting encrypts. Keys in secrets-key.*.pem in the same folder still decrypt. An encrypted value names its key, and it can
/// only be decrypted for the purpose and the row that it was encrypted for.</remarks>
public sealed class SecretKeys
{
    private const string Label = "PAYMENTS SECRETS KEY";
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly string _path;
    private readonly Lock _gate = new();
    private SecretKey? _current;
    private FrozenDictionary<string, SecretKey> _keys = FrozenDictionary<string, SecretKey>.Empty;

    /// <summary>Reads nothing yet: a command that needs no secret works without the key.</summary>
    public SecretKeys(IOptions<SecretsOptions> options, IHostEnvironment environment) =>
        _path = Path.GetFullPath(options.Value.KeyFile, environment.ContentRootPath);

    /// <summary>The files of the keys, the current one first; empty if there is none yet.</summary>
    public IReadOnlyList<string> Files => File.Exists(_path) ? PrivateFile.WithRetired(_path) : [];

    /// <summary>The id of the key that encrypts.</summary>
    public string CurrentId => Current.Id;

    private SecretKey Current => _current ?? Read().Current;

    /// <summary>Encrypts a secret. Only the same purpose and row decrypt it.</summary>
    /// <returns>The id of the key and, in base64, the nonce, the encrypted secret and the tag.</returns>
    public string Encrypt(string purpose, string row, ReadOnlySpan<byte> secret)
    {
        var key = Current;
        var value = new byte[NonceBytes + secret.Length + TagBytes];
        var nonce = value.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key.Bytes, TagBytes);
        aes.Encrypt(nonce, secret, value.AsSpan(NonceBytes, secret.Length), value.AsSpan(NonceBytes + secret.Length), AssociatedData(purpose, row));
        return $"{key.Id}:{Convert.ToBase64String(value)}";
    }

    /// <summary>Decrypts a secret.</summary>
    /// <exception cref="CryptographicException">The key is missing, the value was changed, or it was encrypted for another purpose or row.</exception>
    public byte[] Decrypt(string purpose, string row, string encrypted)
    {
        // Another instance may already encrypt with a key that this one has not read.
        var key = _keys.GetValueOrDefault(KeyId(encrypted)) ?? Read().Keys.GetValueOrDefault(KeyId(encrypted))
            ?? throw new CryptographicException($"The key {KeyId(encrypted)} of a secret is missing.");
        return Decrypt(key, purpose, row, encrypted);
    }

    /// <summary>The id of the key that encrypted a value.</summary>
    public static string KeyId(string encrypted) => encrypted[..Math.Max(encrypted.IndexOf(':', StringComparison.Ordinal), 0)];

    /// <summary>Reads the keys when the service starts, and creates the first one, or a new one after the current one was retired.</summary>
    /// <param name="secrets">All secrets in the database, encrypted.</param>
    /// <exception cref="StartupException">A key file cannot be used, or no key decrypts a secret.</exception>
    internal void Prepare(IEnumerable<StoredSecret> secrets)
    {
        try
        {
            var keys = Directory.Exists(Path.GetDirectoryName(_path)) ? ReadFiles() : [];
            var lost = secrets.Where(secret => !IsReadable(secret, keys)).ToList();
            if (lost.Count > 0)
            {
                // A new key would hide the mistake, and secrets encrypted with it would be unreadable on the other instances.
                throw new StartupException(
                    $"Secrets:KeyFile is '{_path}'. The database contains {lost.Count} secrets that neither this key nor a retired key in the same folder can decrypt; "
                    + $"they were encrypted with {string.Join(", ", lost.Select(secret => KeyId(secret.Value)).Distinct())}. Restore the key file with this id. "
                    + "If it is lost, docs/operations.md says how to replace the secrets.");
            }

            if (!File.Exists(_path))
            {
                Span<byte> key = stackalloc byte[KeyBytes];
                RandomNumberGenerator.Fill(key);
                PrivateFile.CreateOnce(_path, PemEncoding.WriteString(Label, key) + '\n');
            }

            Read();
        }
        catch (Exception e) when (IsFileError(e))
        {
            throw new StartupException(
                $"Secrets:KeyFile is '{_path}', and it or another key in its folder cannot be used: {e.Message} Restore the file, or set it to a new file in a folder "
                + "that the service can write to.", e);
        }
    }

    private (SecretKey Current, FrozenDictionary<string, SecretKey> Keys) Read()
    {
        lock (_gate)
        {
            var current = ReadFile(_path);
            _keys = ReadFiles().DistinctBy(key => key.Id).ToFrozenDictionary(key => key.Id);
            return (_current = current, _keys);
        }
    }

    private IReadOnlyList<SecretKey> ReadFiles() => [.. PrivateFile.WithRetired(_path).Where(File.Exists).Select(ReadFile)];

    private static SecretKey ReadFile(string file)
    {
        var text = File.ReadAllText(file);
        var key = new byte[KeyBytes];
        return PemEncoding.TryFind(text, out var fields) && text.AsSpan()[fields.Label] is Label
            && Convert.TryFromBase64String(text[fields.Base64Data], key, out var length) && length == KeyBytes
                ? new SecretKey(Convert.ToHexStringLower(SHA256.HashData(key).AsSpan(0, 8)), key)
                : throw new CryptographicException($"{file} is not a key that the service created.");
    }

    private static bool IsReadable(StoredSecret secret, IReadOnlyList<SecretKey> keys)
    {
        try
        {
            return keys.FirstOrDefault(key => key.Id == KeyId(secret.Value)) is { } key && Decrypt(key, secret.Purpose, secret.Row, secret.Value) is not null;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static byte[] Decrypt(SecretKey key, string purpose, string row, string encrypted)
    {
        var value = new byte[encrypted.Length];
        if (!Convert.TryFromBase64String(encrypted[(key.Id.Length + 1)..], value, out var length) || length < NonceBytes + TagBytes)
        {
            throw new CryptographicException("The value is not an encrypted secret.");
        }

        var secret = new byte[length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key.Bytes, TagBytes);
        aes.Decrypt(
            value.AsSpan(0, NonceBytes), value.AsSpan(NonceBytes, secret.Length), value.AsSpan(NonceBytes + secret.Length, TagBytes), secret, AssociatedData(purpose, row));
        return secret;
    }

    // A purpose is a constant without a line break, so no two pairs have the same bytes.
    private static byte[] AssociatedData(string purpose, string row) => Encoding.UTF8.GetBytes($"{purpose}\n{row}");

    private static bool IsFileError(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException;

    private sealed record SecretKey(string Id, byte[] Bytes);
}

/// <summary>A secret as the database has it. The number tells the current secret of a row (1) from the earlier one (2).</summary>
internal sealed class StoredSecret
{
    public required string Purpose { get; init; }
    public required string Row { get; init; }
    public required int Number { get; init; }
    public required string Value { get; init; }
}
