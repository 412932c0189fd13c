namespace Payments.Infrastructure.Files;

/// <summary>A folder for money data and keys: what is made here is its owner's alone.</summary>
public static class PrivateFolder
{
    /// <summary>Makes the folder where it is missing; one that is there keeps its rights.</summary>
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
