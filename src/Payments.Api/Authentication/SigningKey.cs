using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using Payments.Infrastructure;

namespace Payments.Api.Authentication;

/// <summary>The private key (ECDSA P-256) that signs the built-in endpoint's tokens; tokens outlive a restart because it does.</summary>
internal static class SigningKey
{
    private const string NistP256 = "1.2.840.10045.3.1.7";

    /// <summary>Reads the key, or makes it where there is none yet; of several instances that start together, all come to the same one.</summary>
    /// <exception cref="StartupException">The file is not a key of this kind, or cannot be read or made.</exception>
    public static ECDsaSecurityKey LoadOrCreate(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                Create(path);
            }

            var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(path));
            if (key.ExportParameters(includePrivateParameters: true).Curve.Oid.Value != NistP256)
            {
                throw new CryptographicException("Its curve is not P-256.");
            }

            var thumbprint = SHA256.HashData(key.ExportSubjectPublicKeyInfo());
            return new ECDsaSecurityKey(key) { KeyId = Convert.ToHexStringLower(thumbprint.AsSpan(0, 8)) };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            throw new StartupException(
                $"The signing key {path} cannot be used: {e.Message} Set Authentication:SigningKeyFile to a file of an ECDSA P-256 key in PEM, "
                + "or to one in a folder where it can be made.", e);
        }
    }

    private static void Create(string path)
    {
        PrivateFolder.Create(Path.GetDirectoryName(path)!);
        // Written whole under another name and then moved, so that no instance ever reads half a key.
        var temporary = $"{path}.{Guid.NewGuid():N}";
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
}
