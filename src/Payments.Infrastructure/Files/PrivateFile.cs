namespace Payments.Infrastructure.Files;

/// <summary>Files for payments and keys. Only their owner can read them, from the moment they are created.</summary>
public static class PrivateFile
{
    private const long LockTimeoutMilliseconds = 5000;

    /// <exception cref="IOException">The file already exists or cannot be created.</exception>
    public static FileStream Create(string path, FileAccess access = FileAccess.Write, FileShare share = FileShare.Read, FileOptions options = FileOptions.None)
    {
        var file = new FileStreamOptions { Mode = FileMode.CreateNew, Access = access, Share = share, Options = options };
        if (!OperatingSystem.IsWindows())
        {
            file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, file);
    }

    /// <summary>Creates a file with a text, and its folder, unless another process is first. No reader sees a part of the text.</summary>
    /// <exception cref="IOException">The file cannot be created.</exception>
    public static void CreateOnce(string path, string text)
    {
        var folder = Path.GetDirectoryName(path)!;
        PrivateFolder.Create(folder);
        using var gate = Lock(path);
        if (File.Exists(path))
        {
            return;
        }

        // Written under another name and then moved, so that no instance reads half a key.
        var temporary = Path.Combine(folder, $"{Guid.NewGuid():N}.tmp");
        using (var file = new StreamWriter(Create(temporary)))
        {
            file.Write(text);
        }

        File.Move(temporary, path, overwrite: false);
    }

    // On Unix, File.Move looks for the file and then renames, so of two processes the second would replace the file of the first.
    private static FileStream Lock(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.None, Options = FileOptions.DeleteOnClose };
        for (var end = Environment.TickCount64 + LockTimeoutMilliseconds; ; Thread.Sleep(10))
        {
            try
            {
                return new FileStream($"{path}.lock", options);
            }
            catch (IOException) when (Environment.TickCount64 < end)
            {
                // Another process creates the file.
            }
        }
    }

    /// <summary>The file, and the retired ones in its folder: <c>key.pem</c> and <c>key.*.pem</c>.</summary>
    public static IReadOnlyList<string> WithRetired(string path) =>
        [path, .. Directory.GetFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileNameWithoutExtension(path)}.*{Path.GetExtension(path)}").Where(file => file != path)];

    /// <summary>Whether a file or folder exists and gives any permission to others than its owner. Always false on Windows.</summary>
    public static bool IsOpenToOthers(string path) =>
        !OperatingSystem.IsWindows()
        && (File.Exists(path) || Directory.Exists(path))
        && (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)) != 0;
}

/// <summary>Folders for payments and keys. Only their owner can use them.</summary>
public static class PrivateFolder
{
    /// <summary>Creates the folder if it is missing. An existing folder keeps its permissions.</summary>
    public static void Create(string path) => _ = OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(path)
        : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
