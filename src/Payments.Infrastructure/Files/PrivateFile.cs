namespace Payments.Infrastructure.Files;

/// <summary>A file for money data and keys: its owner's alone from the moment it is made.</summary>
public static class PrivateFile
{
    /// <summary>Makes a new file, never over another one.</summary>
    /// <exception cref="IOException">It is there already, or cannot be made.</exception>
    public static FileStream Create(string path, FileAccess access = FileAccess.Write, FileShare share = FileShare.Read, FileOptions options = FileOptions.None)
    {
        var file = new FileStreamOptions { Mode = FileMode.CreateNew, Access = access, Share = share, Options = options };
        if (!OperatingSystem.IsWindows())
        {
            file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, file);
    }

    /// <summary>Whether a file or folder, where it is there, lets anybody but its owner do anything. What Windows allows is not looked at.</summary>
    public static bool IsOpenToOthers(string path) =>
        !OperatingSystem.IsWindows()
        && (File.Exists(path) || Directory.Exists(path))
        && (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)) != 0;
}
