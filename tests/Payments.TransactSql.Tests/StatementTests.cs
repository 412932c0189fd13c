using System.Reflection;
using Microsoft.Data.Sqlite;
using Payments.Infrastructure;
using Payments.Infrastructure.Accounts;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Sqlite;
using Payments.Infrastructure.SqlServer;

namespace Payments.TransactSql.Tests;

/// <summary>The service's own scripts and statements, on both databases.</summary>
internal sealed class StatementTests
{
    private static readonly Assembly Service = typeof(DatabaseSchema).Assembly;

    private static readonly TransactSql SqlServer = new(
        Scripts("SqlServer/"),
        [.. Service.GetTypes().Select(type => type.GetProperties().Select(property => property.Name).ToHashSet())]);

    private static IEnumerable<TestCaseData> Statements => Shared.Select(Case);

    private static IEnumerable<TestCaseData> SqliteStatements => [.. Statements, .. SqlitePages];

    private static IEnumerable<TestCaseData> SqlitePages
    {
        get
        {
            using var database = new SqliteDatabase("Data Source=none", Path.GetTempPath());
            return [.. Pages(database).Select(Case)];
        }
    }

    private static IEnumerable<TestCaseData> TransactSqlStatements =>
    [
        .. Statements,
        .. Pages(new SqlServerDatabase("Server=none")).Select(Case),
        .. from statement in Shared
           where TransactSql.Writes(statement.Text)
           select Case(($"{statement.Name} in a transaction", SqlServerDatabase.InTransaction(statement.Text))),
        Case(($"{nameof(SqlServerDatabase)}.{nameof(SqlServerDatabase.SchemaLock)}", SqlServerDatabase.SchemaLock)),
    ];

    private static IEnumerable<(string Name, string Text)> Shared => Constants.Concat(Properties);

    // Each with the way in which its database limits rows.
    private static IEnumerable<(string Name, string Text)> Pages(IDatabase database) =>
        ((bool[])[true, false]).SelectMany<bool, (string, string)>(ascending =>
        [
            ($"PaymentSql.Page, ascending: {ascending}", PaymentSql.Page(ascending, database.Take)),
            ($"AccountSql.Page, ascending: {ascending}", AccountSql.Page(ascending, database.Take)),
        ]);

    private static IEnumerable<(string Name, string Text)> Properties =>
        from type in Service.GetTypes()
        where type.Name.EndsWith("Sql", StringComparison.Ordinal)
        from property in type.GetProperties(BindingFlags.Public | BindingFlags.Static)
        where property.PropertyType == typeof(string)
        select ($"{type.Name}.{property.Name}", (string)property.GetValue(null)!);

    private static IEnumerable<(string Name, string Text)> Constants =>
        from type in Service.GetTypes()
        where type is { IsAbstract: true, IsSealed: true, IsPublic: false } && type.Name.EndsWith("Sql", StringComparison.Ordinal)
        from constant in type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
        where constant.IsLiteral && constant.FieldType == typeof(string)
        select ($"{type.Name}.{constant.Name}", (string)constant.GetRawConstantValue()!);

    [Test]
    public void Discovery_WhenTheServiceIsRead_FindsScriptsAndStatements() => Assert.Multiple(() =>
    {
        Assert.That(Scripts("SqlServer/"), Is.Not.Empty);
        Assert.That(Scripts("Sqlite/"), Is.Not.Empty);
        Assert.That(Shared, Is.Not.Empty);
        Assert.That(Shared.Where(statement => TransactSql.Writes(statement.Text)), Is.Not.Empty);
    });

    [Test]
    public void Scripts_WhenReadAsTransactSql_HaveNoFault() => AssertNone(SqlServer.FaultsOfScripts());

    [TestCaseSource(nameof(TransactSqlStatements))]
    public void Statement_WhenReadAsTransactSql_HasNoFault(string statement) => AssertNone(SqlServer.FaultsOf(statement));

    [TestCaseSource(nameof(SqliteStatements))]
    public void Statement_WhenPreparedBySqlite_HasNoFault(string statement)
    {
        using var connection = OpenSqlite();
        using var command = new SqliteCommand(statement, connection);

        Assert.That(command.Prepare, Throws.Nothing);
    }

    // However deep a page is, both of its seeks begin at its place, and no more is sorted than they have found.
    [TestCaseSource(nameof(SqlitePages))]
    public void Page_WhenPlannedBySqlite_SeeksTheIndexOfItsOrder(string statement)
    {
        using var connection = OpenSqlite();
        using var command = new SqliteCommand($"EXPLAIN QUERY PLAN {statement}", connection);
        foreach (var parameter in (string[])["@At", "@Sequence", "@Take"])
        {
            command.Parameters.AddWithValue(parameter, 1);
        }

        using var reader = command.ExecuteReader();
        var plan = new List<string>();
        while (reader.Read())
        {
            plan.Add(reader.GetString(3));
        }

        var beforeTheyMeet = plan.TakeWhile(step => step != "SCAN u").ToList();
        Assert.Multiple(() =>
        {
            Assert.That(beforeTheyMeet.Where(step => step.StartsWith("SEARCH", StringComparison.Ordinal)), Has.Exactly(2).Contains("_created_at (created_at"));
            Assert.That(beforeTheyMeet, Has.None.Contains("TEMP B-TREE"));
            Assert.That(plan.Where(step => step.StartsWith("SCAN", StringComparison.Ordinal)), Is.SubsetOf((string[])["SCAN s", "SCAN o", "SCAN u", "SCAN page"]));
        });
    }

    [TestCase("SELECT words FROM notes; SELECT wrods FROM notes;")]
    [TestCase("SELECT words FROM notes; SELECT words FROM nots;")]
    public void SqlitePrepare_WhenALaterStatementIsMisspelt_Throws(string statements)
    {
        using var connection = OpenSqlite();
        using var command = new SqliteCommand("CREATE TABLE notes (words TEXT)", connection);
        command.ExecuteNonQuery();
        command.CommandText = statements;

        Assert.That(command.Prepare, Throws.TypeOf<SqliteException>());
    }

    [Test]
    public void Columns_WhenBothDatabasesAreCompared_DifferAsIntendedOnly()
    {
        using var connection = OpenSqlite();
        using var command = new SqliteCommand(
            """
            SELECT t.name || '.' || c.name || iif(c."notnull", ' NOT NULL', ' NULL')
            FROM sqlite_schema AS t, pragma_table_xinfo(t.name) AS c
            WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
            """,
            connection);
        using var reader = command.ExecuteReader();
        var sqlite = new List<string>();
        while (reader.Read())
        {
            sqlite.Add(reader.GetString(0));
        }

        // SQLite's row number shown; SQL Server keeps these rows by payment and number.
        string[] onlySqlite = ["payment_adjustments.sequence NOT NULL"];
        Assert.That(sqlite, Is.EquivalentTo([.. SqlServer.Columns(), .. onlySqlite]));
    }

    private static SqliteConnection OpenSqlite()
    {
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        foreach (var script in Scripts("Sqlite/"))
        {
            using var command = new SqliteCommand(script, connection);
            command.ExecuteNonQuery();
        }

        return connection;
    }

    private static List<string> Scripts(string prefix) =>
    [
        .. Service.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(Service.GetManifestResourceStream(name)!);
                return reader.ReadToEnd();
            }),
    ];

    private static TestCaseData Case((string Name, string Text) statement) =>
        new TestCaseData(statement.Text).SetArgDisplayNames(statement.Name);

    private static void AssertNone(IReadOnlyList<string> faults) => Assert.That(faults, Is.Empty, () => string.Join('\n', faults));
}
