namespace Payments.ClientGenerator;

/// <summary>The repository that this program was built in.</summary>
public static class Repository
{
    /// <summary>The directory of Payments.sln, whatever the working directory.</summary>
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

        throw new DirectoryNotFoundException($"No directory above {start} has Payments.sln.");
    }
}
