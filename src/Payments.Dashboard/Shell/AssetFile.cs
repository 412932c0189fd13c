using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Payments.Dashboard.Shell;

/// <summary>The stylesheet, scripts and images, which are embedded. Their URL has a hash of them all, so a browser can keep them.</summary>
internal static class AssetFile
{
    private const string Folder = "dashboard/";

    private static readonly FrozenDictionary<string, byte[]> Files = Read();
    private static readonly FrozenDictionary<string, byte[]> Compressed = Files.ToFrozenDictionary(file => file.Key, file => Compress(file.Value));
    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".txt"] = "text/plain; charset=utf-8",
    }.ToFrozenDictionary();

    public static string Version { get; } = Hash();

    public static string Url(string name) => $"/dashboard/assets/{Version}/{name}";

    public static (byte[] Content, byte[] Compressed, string Type)? Find(string name) =>
        Files.TryGetValue(name, out var content) ? (content, Compressed[name], ContentTypes[Path.GetExtension(name)]) : null;

    private static FrozenDictionary<string, byte[]> Read()
    {
        var assembly = typeof(AssetFile).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).ToFrozenDictionary(
            name => name[Folder.Length..].Replace('\\', '/'),
            name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                using var content = new MemoryStream();
                stream.CopyTo(content);
                return content.ToArray();
            });
    }

    private static byte[] Compress(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
        {
            gzip.Write(content);
        }

        return compressed.ToArray();
    }

    private static string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, content) in Files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            hash.AppendData(content);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }
}
