namespace Payments.Infrastructure.Files;

/// <summary>Files for payments and keys. Only their owner can read them, from the moment they are created.</summary>
public static class PrivateFile
{
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
