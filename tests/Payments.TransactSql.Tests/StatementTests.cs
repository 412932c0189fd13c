using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Payments.Application.Inbox;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Domain.Webhooks;
using Payments.Infrastructure.Accounts;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Events;
using Payments.Infrastructure.Events.Verification;
using Payments.Infrastructure.Inbox;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Sqlite;
using Payments.Infrastructure.SqlServer;
using Payments.Infrastructure.Totals;
using Payments.Infrastructure.Webhooks;

namespace Payments.TransactSql.Tests;

/// <summary>The schema scripts and the statements of the service, on both databases.</summary>
internal sealed class StatementTests
{
    private static readonly Assembly Service = typeof(DatabaseSchema).Assembly;

    private static readonly TransactSql SqlServer = new(
        Script("SqlServer/schema.sql"),
        [
            .. Service.GetTypes().Select(type =>
                type.GetProperties().Concat(typeof(NewEvent).GetProperties()).Select(property => property.Name)
                    .Concat(Enumerable.Range(0, 40).Select(number => $"F{number}")).ToHashSet()),
        ]);

    private static IEnumerable<TestCaseData> Statements => Shared.Select(Case);

    private static IEnumerable<TestCaseData> SqliteStatements =>
        [.. Statements, .. ByDialect(new SqliteDialect()), .. SqlitePages, .. SqliteCounts, .. InboxStatements(new SqliteDialect()).Concat(OtherStatements(new SqliteDialect())).Select(Case)];

    private static IEnumerable<TestCaseData> SqlitePages =>
    [
        .. from isAscending in (bool[])[true, false]
           from filter in Filters()
           let paths = new SqlitePaymentPaths(filter.Filter)
           from path in paths.ByIndex.Any(path => path.IsOrdered) ? paths.ByIndex : paths.ByIndex.Append(paths.InOrder)
           select Case(($"page of {filter.Name} by {path.Seeks[0].Where ?? "its order"}, ascending: {isAscending}", paths.Page(path, isAscending))),
        .. from isAscending in (bool[])[true, false]
           select Case(($"page of accounts, ascending: {isAscending}", AccountSql.Page(isAscending, new SqliteDialect()))),
    ];

    private static IEnumerable<TestCaseData> SqliteCounts =>
        from filter in Filters()
        let paths = new SqlitePaymentPaths(filter.Filter)
        where paths.ByIndex.Count > 0
        select Case(($"count of {filter.Name}", paths.Count()));

    private static IEnumerable<TestCaseData> TransactSqlStatements =>
    [
        .. Statements,
        .. from statement in Shared
           where TransactSql.Writes(statement.Text)
           select Case(($"{statement.Name} in a transaction", SqlServerDatabase.InTransaction(statement.Text))),
        .. InboxStatements(new SqlServerDialect()).Concat(OtherStatements(new SqlServerDialect())).Select(Case),
        Case((nameof(EventSealing.Begin), EventSealing.Begin)),
        Case((nameof(EventSealing.FindUnsealed), EventSealing.FindUnsealed)),
        Case((nameof(EventSealing.Seal), EventSealing.Seal)),
        .. ByDialect(new SqlServerDialect()),
        Case(("page of events", EventSql.Page(new SqlServerDialect()))),
        Case(("page of a payment's events", EventSql.PaymentPage(new SqlServerDialect()))),
        Case((nameof(SqlServerConnections.SchemaLock), new SqlServerConnections("").SchemaLock)),
        Case((nameof(SqlServerConnections.SelectSchemaTables), new SqlServerConnections("").SelectSchemaTables)),
        Case((nameof(SqlServerConnections.SelectSize), new SqlServerConnections("").SelectSize)),
    ];

    // The statements of the verification, of deliveries and of the totals that differ between the databases.
    private static IEnumerable<TestCaseData> ByDialect(ISqlDialect dialect) =>
        from type in (Type[])[typeof(VerificationSql), typeof(DeliverySql), typeof(TotalsSql)]
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static)
        where method.GetParameters() is [{ ParameterType: var parameter }] && parameter == typeof(ISqlDialect)
        select Case(($"{type.Name}.{method.Name}", (string)method.Invoke(null, [dialect])!));

    private static IEnumerable<(string Name, string Text)> InboxStatements(ISqlDialect dialect) =>
    [
        ("received entries", InboxSql.ListReceived(dialect)),
        ("open entries", InboxSql.ListOpen(dialect)),
        ("erasure", InboxSql.Erase(dialect)),
        .. from isAscending in (bool[])[true, false]
           from isOfPayment in (bool[])[true, false]
           from state in Enum.GetValues<InboxState>().Cast<InboxState?>().Append(null)
           select ($"page of the inbox by {state}, of a payment: {isOfPayment}, ascending: {isAscending}", InboxSql.Page(isAscending, isOfPayment, state, dialect)),
    ];

    // The other statements that differ between the databases: those that add payments and those of the dashboard.
    private static IEnumerable<(string Name, string Text)> OtherStatements(ISqlDialect dialect) =>
    [
        .. PaymentSql.Add(dialect).Select((text, count) => ($"add a payment, {count}", text)),
        ("counts of the inbox", InboxSql.CountByConnector(dialect)),
        ("progress of webhooks", DeliverySql.ListProgress(dialect)),
        ("events at positions", EventSql.PageOfPositions(dialect)),
        .. from subject in (Type?[])[null, typeof(PaymentId), typeof(AccountId), typeof(ConnectorId), typeof(WebhookId)]
           select ($"newest positions of {subject?.Name ?? "all"}", EventSql.NewestPositions(subject, dialect)),
    ];

    private static IEnumerable<(string Name, string Text)> Shared => Constants.Concat(Properties);

    // Each field, comparison and combination.
    private static IEnumerable<(string Name, PaymentFilter Filter)> Filters()
    {
        yield return ("nothing", PaymentFilter.None);
        foreach (var field in PaymentField.All.Append(PaymentField.Metadata("key")))
        {
            var value = field.IsNumber ? "100" : field == PaymentField.CreatedAt ? "2024-05-01T12:00:00Z" : "x";
            var other = field == PaymentField.CreatedAt ? "2024-05-02T12:00:00Z" : "2";
            var one = new PaymentFilter.OneOf(field, [value]);
            yield return ($"{field}s", new PaymentFilter.OneOf(field, [value, other]));
            yield return ($"{field} or a reference", new PaymentFilter.Any([one, new PaymentFilter.OneOf(PaymentField.Reference, ["y"])]));
            yield return ($"{field} and no type", new PaymentFilter.All([one, new PaymentFilter.Except(new PaymentFilter.OneOf(PaymentField.Type, ["PAY-IN"]))]));
            yield return ($"no {field} and a type", new PaymentFilter.All([new PaymentFilter.Except(one), new PaymentFilter.OneOf(PaymentField.Type, ["OTHER"])]));
            if (field is OrderedPaymentField ordered)
            {
                foreach (var comparison in Enum.GetValues<Comparison>())
                {
                    var compared = new PaymentFilter.Compared(ordered, comparison, value);
                    yield return ($"{field} {comparison}", compared);
                }

                yield return ($"a range of {field}", new PaymentFilter.All(
                    [new PaymentFilter.Compared(ordered, Comparison.Greater, value), new PaymentFilter.Compared(ordered, Comparison.LessOrEqual, other)]));
            }
        }

        yield return ("a key", new PaymentFilter.HasMetadata("key"));
        yield return ("no key", new PaymentFilter.Except(new PaymentFilter.HasMetadata("key")));
    }

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
    public void Statements_Service_AreFound() => Assert.Multiple(() =>
    {
        Assert.That(Shared, Is.Not.Empty);
        Assert.That(Shared.Where(statement => TransactSql.Writes(statement.Text)), Is.Not.Empty);
    });

    [Test]
    public void Script_AsTransactSql_HasNoFault() => AssertNone(SqlServer.FaultsOfScript());

    [TestCaseSource(nameof(TransactSqlStatements))]
    public void Statement_AsTransactSql_HasNoFault(string statement) => AssertNone(SqlServer.FaultsOf(statement));

    [Test]
    public void Pages_AsTransactSql_HaveNoFault()
    {
        var dialect = new SqlServerDialect();
        List<string> statements =
        [
            .. from isAscending in (bool[])[true, false]
               from filter in Filters()
               select SqlServerPaymentPages.Page(new PaymentFilterSql(dialect), filter.Filter, isAscending, dialect),
            .. from isAscending in (bool[])[true, false]
               select AccountSql.Page(isAscending, dialect),
        ];
        Assert.That(statements, Has.Count.GreaterThan(100));
        AssertNone(SqlServer.FaultsOf(statements));
    }

    [TestCaseSource(nameof(SqliteStatements))]
    public void Statement_PreparedBySqlite_HasNoFault(string statement)
    {
        using var connection = OpenSqlite();
        using var command = new SqliteCommand(statement, connection);

        Assert.That(command.Prepare, Throws.Nothing);
    }

    // Each lookup starts at the page's position, and only the rows found are sorted, so every page costs the same.
    [TestCaseSource(nameof(SqlitePages))]
    public void Page_PlannedBySqlite_SeeksAnIndex(string statement)
    {
        var plan = Plan(statement);
        string? seek = null;
        var seeks = new List<string>();
        foreach (var step in plan)
        {
            var words = step.Split(' ');
            seek = words is ["CO-ROUTINE", "s" or "o" or "d"] ? words[1] : step == $"SCAN {seek}" ? null : seek;
            if (seek is not null)
            {
                seeks.Add(step);
            }
        }

        Assert.Multiple(() =>
        {
            Assert.That(seeks.Where(step => step.Contains("TEMP B-TREE", StringComparison.Ordinal)), Is.Empty, () => string.Join('\n', plan));
            Assert.That(plan, Has.None.Contains("AUTOMATIC"), () => string.Join('\n', plan));
            Assert.That(seeks.Count(step => step.StartsWith("CO-ROUTINE", StringComparison.Ordinal)), Is.Positive);
            Assert.That(seeks.Where((step, index) => index > 0 && seeks[index - 1].StartsWith("CO-ROUTINE", StringComparison.Ordinal)), Has.All.Matches("^SEARCH . USING (COVERING )?(INDEX|PRIMARY KEY) "), () => string.Join('\n', plan));
            Assert.That(
                plan.Where(step => step.StartsWith("SCAN", StringComparison.Ordinal)).Select(step => step.Split(' ')[1]).Distinct(),
                Is.SubsetOf((string[])["s", "o", "u", "page", "d"]),
                () => string.Join('\n', plan));
        });
    }

    [Test]
    public void InboxStatement_PlannedBySqlite_SeeksAnIndex() => Assert.Multiple(() =>
    {
        foreach (var (name, statement) in InboxStatements(new SqliteDialect()).Where(statement => statement.Name != "open entries"))
        {
            foreach (var single in statement.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var plan = Plan(single);
                Assert.That(plan.Where(step => Regex.IsMatch(step, "^SCAN (?!page|inbox_waits|s$|o$|d$)|AUTOMATIC")), Is.Empty, () => $"{name}\n{string.Join('\n', plan)}");
            }
        }
    });

    [Test]
    public void InboxOfPayment_PlannedBySqlite_SeeksTheIndexOfPayments([Values] bool isAscending)
    {
        var plan = Plan(InboxSql.Page(isAscending, isOfPayment: true, null, new SqliteDialect()));
        Assert.That(
            plan.Where(step => step.StartsWith("SEARCH q ", StringComparison.Ordinal)),
            Has.Exactly(2).Items.And.All.Match(@" COVERING INDEX ix_inbox_payment \(payment=\? AND created_at"),
            () => string.Join('\n', plan));
    }

    // Reading and changing totals costs the same after years.
    [Test]
    public void TotalsStatement_PlannedBySqlite_SeeksThePrimaryKey() => Assert.Multiple(() =>
    {
        var dialect = new SqliteDialect();
        foreach (var statement in (string[])[TotalsSql.Read, TotalsSql.ListAssets, TotalsSql.FindChanges, TotalsSql.ClearYear, TotalsSql.FindFirst(dialect), TotalsSql.Find(dialect), TotalsSql.Save(dialect)])
        {
            foreach (var single in statement.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var plan = Plan(single);
                Assert.That(plan.Where(step => Regex.IsMatch(step, "^SCAN (?!page|j|c$|t$|p( EXISTS)?$)|^SCAN payment_totals(?! USING INDEX ix_payment_totals_empty)|AUTOMATIC")), Is.Empty, () => string.Join('\n', plan));
            }
        }
    });

    [Test]
    public void PageStatement_PlannedBySqlite_SeeksAnIndex() => Assert.Multiple(() =>
    {
        foreach (var (name, statement) in OtherStatements(new SqliteDialect()).Where(statement => statement.Name != "events at positions"))
        {
            var plan = Plan(statement);
            // There are few connectors and endpoints.
            Assert.That(plan.Where(step => Regex.IsMatch(step, "^SCAN (?!c$|u$|w$|page)|AUTOMATIC")), Is.Empty, () => $"{name}\n{string.Join('\n', plan)}");
            var ofSubject = Regex.Match(name, "of (Payment|Account|Connector|Webhook)Id$").Groups[1].Value.ToLowerInvariant();
            Assert.That(plan, ofSubject.Length == 0 ? Is.Not.Empty : Has.Some.Contains($"uq_events_{ofSubject} "), () => $"{name}\n{string.Join('\n', plan)}");
        }
    });

    // There are few endpoints, so they are scanned for each event of the payment.
    [Test]
    public void DeliveriesOfPayment_PlannedBySqlite_SeekEventsAndDeliveries()
    {
        var plan = Plan(DeliverySql.ListOfPayment(new SqliteDialect()));
        Assert.That(plan.Where(step => step.StartsWith("SCAN", StringComparison.Ordinal)), Is.All.Match("^SCAN (w|page)\\b"), () => string.Join('\n', plan));
        Assert.That(plan.Count(step => Regex.IsMatch(step, "^SEARCH [edp] USING ")), Is.EqualTo(3), () => string.Join('\n', plan));
    }

    [TestCaseSource(nameof(SqliteCounts))]
    public void Count_PlannedBySqlite_SeeksAnIndex(string statement)
    {
        var plan = Plan(statement);
        Assert.That(
            plan.Where(step => step.StartsWith("SCAN", StringComparison.Ordinal) || step.Contains("TEMP B-TREE", StringComparison.Ordinal)).Distinct(),
            Is.SubsetOf((string[])["SCAN r", "SCAN c"]),
            () => string.Join('\n', plan));
    }

    private static List<string> Plan(string statement)
    {
        using var connection = OpenSqlite();
        using var command = new SqliteCommand($"EXPLAIN QUERY PLAN {statement}", connection);
        foreach (var parameter in (string[])["@At", "@Sequence", "@Take", "@ConnectorHash", "@PaymentHash", "@Before", "@From", "@To", "@MaxRows", "@First", "@Kinds", "@Until", "@ActorKind", "@ActorName", "@IdHash", "@Id", .. Enumerable.Range(0, 40).Select(number => $"@F{number}")])
        {
            command.Parameters.AddWithValue(parameter, 1);
        }

        using var reader = command.ExecuteReader();
        var plan = new List<string>();
        while (reader.Read())
        {
            plan.Add(reader.GetString(3));
        }

        return plan;
    }

    [TestCase("SELECT words FROM notes; SELECT wrods FROM notes;")]
    [TestCase("SELECT words FROM notes; SELECT words FROM nots;")]
    public void SqlitePrepare_LaterStatementMisspelled_Throws(string statements)
    {
        using var connection = OpenSqlite();
        using var command = new SqliteCommand("CREATE TABLE notes (words TEXT)", connection);
        command.ExecuteNonQuery();
        command.CommandText = statements;

        Assert.That(command.Prepare, Throws.TypeOf<SqliteException>());
    }

    [Test]
    public void Columns_BothDatabases_AreEqual()
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

        // SQLite's row number. SQL Server orders these rows by payment and number.
        string[] onlySqlite = ["payment_adjustments.sequence NOT NULL", "events.position NOT NULL"];
        // SQL Server assigns positions after the commit.
        string[] onlySqlServer = ["events.sequence NOT NULL", "events.position NULL"];
        Assert.That(sqlite.Except(onlySqlite), Is.EquivalentTo(SqlServer.Columns().Except(onlySqlServer)));
    }

    private static SqliteConnection OpenSqlite()
    {
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        using var command = new SqliteCommand(Script("Sqlite/schema.sql"), connection);
        command.ExecuteNonQuery();
        return connection;
    }

    private static string Script(string name)
    {
        using var reader = new StreamReader(Service.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private static TestCaseData Case((string Name, string Text) statement) =>
        new TestCaseData(statement.Text).SetArgDisplayNames(statement.Name);

    private static void AssertNone(IReadOnlyList<string> faults) => Assert.That(faults, Is.Empty, () => string.Join('\n', faults));
}
