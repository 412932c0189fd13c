namespace Payments.ClientGenerator;

/// <summary>The repository of this program.</summary>
public static class Repository
{
    /// <summary>The folder of Payments.sln, for any working directory.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string start)
    {
        for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Payments.sln")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {start} contains Payments.sln.");
    }
}
