using Microsoft.Extensions.Options;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Sqlite;
using Payments.Infrastructure.SqlServer;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Tests.Database;

public sealed class DatabaseOptionsTests
{
    [TestCase(null, null)]
    [TestCase("", "")]
    [TestCase("sqlite", null)]
    public void Options_NothingSet_UseSqliteFile(string? provider, string? connectionString)
    {
        var options = Read(("Provider", provider), ("ConnectionString", connectionString));
        Assert.That((options.IsSqlite, options.ConnectionString, options.MigrateOnStart), Is.EqualTo((true, "Data Source=data/payments.db", true)));
    }

    [Test]
    public void Options_SqlServerSet_UseItsConnectionString()
    {
        var options = Read(("Provider", "sqlserver"), ("ConnectionString", "Server=db"), ("MigrateOnStart", "false"));
        Assert.That((options.IsSqlite, options.ConnectionString, options.MigrateOnStart), Is.EqualTo((false, "Server=db", false)));
    }

    [TestCase("MySql", "Server=db", "Database:Provider is 'MySql'. Set it to Sqlite or SqlServer.")]
    [TestCase("2", "Server=db", "Database:Provider is '2'. Set it to Sqlite or SqlServer.")]
    [TestCase("SqlServer", " ", "Database:ConnectionString is empty. Set it to the connection string of the SQL Server database.")]
    public void Options_InvalidValue_FailWithOneLine(string provider, string connectionString, string message) =>
        Assert.That(
            () => Read(("Provider", provider), ("ConnectionString", connectionString)),
            Throws.TypeOf<OptionsValidationException>().With.Property(nameof(OptionsValidationException.Failures)).EqualTo(new[] { message }));

    [TestCase("Data Source=:memory:")]
    [TestCase("Data Source=x;Mode=Memory")]
    [TestCase("")]
    [TestCase("Server=db")]
    public void SqliteFile_ConnectionStringWithoutFile_Throws(string connectionString) =>
        Assert.That(
            () => new SqliteFile(connectionString, "/"),
            Throws.TypeOf<StartupException>().With.Message.StartsWith("Database:ConnectionString ").And.Message.Contains("Data Source="));

    [Test]
    public void SqlServerConnections_InvalidConnectionString_ThrowsWithoutRepeatingIt() =>
        Assert.That(
            () => new SqlServerConnections("Server=db;Pasword=hunter2"),
            Throws.TypeOf<StartupException>().With.Message.Not.Contains("hunter2").And.Message.Not.Contains("Pasword"));

    private static DatabaseOptions Read(params (string Key, string? Value)[] settings)
    {
        using var store = new TestStore("/", settings);
        return store.Get<IOptions<DatabaseOptions>>().Value;
    }
}
