using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Secrets;

namespace Payments.Api.Keys;

/// <summary>The keys of the session cookies, in files that the secrets key encrypts. Sessions outlive a restart and are valid on every instance.</summary>
internal sealed partial class SessionKeys(string path, SecretKeys secrets, ILogger<SessionKeys> logger) : IXmlRepository
{
    private const string Purpose = "session-key";

    /// <summary>The files of the keys; empty if there is none yet.</summary>
    public IReadOnlyList<string> Files => Directory.Exists(Path.GetDirectoryName(path)) ? [.. PrivateFile.WithRetired(path).Where(File.Exists)] : [];

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var keys = new List<XElement>();
        foreach (var file in Files)
        {
            try
            {
                keys.Add(XElement.Parse(Encoding.UTF8.GetString(secrets.Decrypt(Purpose, Path.GetFileName(file), File.ReadAllText(file)))));
            }
            catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
            {
                LogNotRead(logger, file, e.Message);
            }
        }

        return keys;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        // Of instances that start at the same time for the first time, one creates the key and the others use it.
        var file = File.Exists(path) ? Path.ChangeExtension(path, $"{friendlyName}{Path.GetExtension(path)}") : path;
        PrivateFile.CreateOnce(file, secrets.Encrypt(Purpose, Path.GetFileName(file), Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting))));
    }

    [LoggerMessage(1, LogLevel.Warning, "The session key {Path} is ignored, so sessions that it signed have ended: {Reason}")]
    private static partial void LogNotRead(ILogger logger, string path, string reason);
}
