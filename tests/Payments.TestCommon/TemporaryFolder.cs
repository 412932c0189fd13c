using Microsoft.Data.Sqlite;

namespace Payments.TestCommon;

/// <summary>A new folder that Dispose deletes, database files included.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("payments-");

    public string Path => _folder.FullName;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}
