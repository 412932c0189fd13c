namespace Payments.TestCommon;

/// <summary>The checkout that this build was made from.</summary>
public static class RepositoryFolder
{
    public static string Path { get; } = Find();

    public static string Read(string file) => File.ReadAllText(System.IO.Path.Combine(Path, file));

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "Payments.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
