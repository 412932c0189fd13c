using Microsoft.Extensions.Configuration;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Sqlite;
using Payments.Infrastructure.SqlServer;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Tests;

public sealed class DatabaseOptionsTests
{
    [Test]
    public void From_WhenNothingIsSet_IsASqliteFileBelowData() =>
        Assert.That(Read(), Is.EqualTo(new DatabaseOptions(DatabaseProvider.Sqlite, "Data Source=data/payments.db", MigrateOnStart: true)));

    [Test]
    public void From_WhenSqlServerIsSet_TakesItsConnectionString() =>
        Assert.That(
            Read(("Provider", "SqlServer"), ("ConnectionString", "Server=db"), ("MigrateOnStart", "false")),
            Is.EqualTo(new DatabaseOptions(DatabaseProvider.SqlServer, "Server=db", MigrateOnStart: false)));

    [TestCase("Provider", "MySql", "Database:Provider is 'MySql'. Set it to Sqlite or SqlServer.")]
    [TestCase("Provider", "2", "Database:Provider is '2'. Set it to Sqlite or SqlServer.")]
    [TestCase("Provider", "SqlServer", "Database:Provider is SqlServer, so set Database:ConnectionString to its connection string.")]
    [TestCase("MigrateOnStart", "yes", "Database:MigrateOnStart is 'yes'. Set it to true or false.")]
    public void From_WhenASettingHasNoMeaning_SaysWhatToSet(string key, string value, string message) =>
        Assert.That(() => Read((key, value)), Throws.TypeOf<StartupException>().With.Message.EqualTo(message));

    [TestCase("Data Source=:memory:")]
    [TestCase("Data Source=x;Mode=Memory")]
    [TestCase("")]
    [TestCase("Server=db")]
    public void SqliteDatabase_WhenItNamesNoFile_Refuses(string connectionString) =>
        Assert.That(() => new SqliteDatabase(connectionString, "/"), Throws.TypeOf<StartupException>());

    [Test]
    public void SqlServerDatabase_WhenTheConnectionStringIsWrong_DoesNotRepeatIt() =>
        Assert.That(
            () => new SqlServerDatabase("Server=db;Pasword=hunter2"),
            Throws.TypeOf<StartupException>().With.Message.Not.Contains("hunter2").And.Message.Not.Contains("Pasword"));

    private static DatabaseOptions Read(params (string Key, string Value)[] settings) => DatabaseOptions.From(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
        .Build());
}
