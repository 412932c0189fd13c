namespace Payments.Infrastructure.Files;

/// <summary>Folders for payments and keys. Only their owner can use them.</summary>
public static class PrivateFolder
{
    /// <summary>Creates the folder if it is missing. An existing folder keeps its permissions.</summary>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
