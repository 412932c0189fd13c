using Microsoft.SqlServer.Dac.Model;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Payments.TransactSql.Tests;

/// <summary>Parses T-SQL as SQL Server 2019 does, resolves it against the tables of the schema script, and lists its faults.</summary>
/// <param name="script">The schema script.</param>
/// <param name="parameterSets">The names, without @, of the parameters that the service passes together to a statement.</param>
internal sealed class TransactSql(string script, IReadOnlyCollection<IReadOnlySet<string>> parameterSets)
{
    // The model knows no system procedures.
    private const string SystemProcedures =
        """
        CREATE PROCEDURE sp_getapplock
            @Resource nvarchar(255), @LockMode varchar(32), @LockOwner varchar(32) = 'Transaction',
            @LockTimeout int = NULL, @DbPrincipal sysname = 'public'
        AS RETURN 0;
        """;

    public IReadOnlyList<string> FaultsOfScript()
    {
        var faults = Parse(script, out var parsed);
        if (faults.Count > 0)
        {
            return faults;
        }

        faults.AddRange(Reading.Of(parsed).Faults);

        // The model ignores statements that define nothing, such as INSERT.
        faults.AddRange(Statements(parsed).Where(statement => !Defines(statement)).SelectMany(statement => FaultsOf(Text(statement))));
        return faults.Count > 0 ? faults : FaultsOfModel();
    }

    /// <summary>The faults of statements. Building the model takes longer than checking many statements with it.</summary>
    public IReadOnlyList<string> FaultsOf(params IReadOnlyList<string> statements)
    {
        var faults = new List<string>();
        var procedures = new List<string>();
        foreach (var statement in statements)
        {
            var syntax = Parse(statement, out var parsed);
            faults.AddRange(syntax);
            if (syntax.Count > 0)
            {
                continue;
            }

            var reading = Reading.Of(parsed);
            var missing = parameterSets.Append(new HashSet<string>())
                .Select(set => reading.Parameters.Where(parameter => !set.Contains(parameter[1..])).ToList())
                .MinBy(parameters => parameters.Count)!;
            faults.AddRange(reading.Faults);
            faults.AddRange(missing.Select(parameter => $"{parameter} is neither declared nor passed with the other parameters of: {statement}"));

            // The model does not check types, so every parameter can have the same one.
            var declarations = string.Join(", ", reading.Parameters.Select(parameter => $"{parameter} nvarchar(max)"));
            procedures.Add($"CREATE PROCEDURE checked{procedures.Count} {declarations} AS\n{statement}");
        }

        return procedures.Count == 0 ? faults : [.. faults, .. FaultsOfModel(procedures)];
    }

    /// <summary>The table, name and nullability of each column.</summary>
    public IReadOnlyList<string> Columns()
    {
        using var model = Model();
        return
        [
            .. from table in model.GetObjects(DacQueryScopes.UserDefined, Table.TypeClass)
               from column in table.GetReferenced(Table.Columns)
               select $"{table.Name.Parts[^1]}.{column.Name.Parts[^1]} {(column.GetProperty<bool>(Column.Nullable) ? "NULL" : "NOT NULL")}",
        ];
    }

    public static bool Writes(string statement)
    {
        Parse(statement, out var parsed);
        return Reading.Of(parsed).Writes;
    }

    private static List<string> Parse(string text, out TSqlScript parsed)
    {
        using var reader = new StringReader(text);
        parsed = (TSqlScript)new TSql150Parser(initialQuotedIdentifiers: true).Parse(reader, out var errors);
        var lines = text.Split('\n');
        return [.. errors.Select(error => $"Line {error.Line}, column {error.Column}: {error.Message} {lines[error.Line - 1].Trim()}")];
    }

    private static IEnumerable<TSqlStatement> Statements(TSqlScript script) => script.Batches.SelectMany(batch => batch.Statements);

    private static bool Defines(TSqlStatement statement) => statement is CreateTableStatement or CreateIndexStatement;

    private static string Text(TSqlStatement statement)
    {
        new Sql150ScriptGenerator().GenerateScript(statement, out var text);
        return text;
    }

    private IEnumerable<TSqlStatement> Definitions()
    {
        Parse(script, out var parsed);
        return Statements(parsed).Where(Defines);
    }

    private List<string> FaultsOfModel(params IEnumerable<string> more)
    {
        try
        {
            using var model = Model(more);

            // An unknown table is only a warning.
            return [.. model.Validate().Select(message => message.ToString())];
        }
        catch (DacModelException e)
        {
            return [e.Message];
        }
    }

    private TSqlModel Model(params IEnumerable<string> more)
    {
        var model = new TSqlModel(SqlServerVersion.Sql150, new TSqlModelOptions());
        try
        {
            // It accepts one statement at a time.
            foreach (var definition in Definitions().Select(Text).Append(SystemProcedures).Concat(more))
            {
                model.AddObjects(definition);
            }

            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>What the model does not check.</summary>
    private sealed class Reading : TSqlFragmentVisitor
    {
        private readonly HashSet<string> _used = new(StringComparer.Ordinal);
        private readonly HashSet<string> _declared = new(StringComparer.Ordinal);

        public List<string> Faults { get; } = [];

        public bool Writes { get; private set; }

        public IEnumerable<string> Parameters => _used.Except(_declared);

        public static Reading Of(TSqlFragment fragment)
        {
            var reading = new Reading();
            fragment.Accept(reading);
            return reading;
        }

        public override void Visit(VariableReference node) => _used.Add(node.Name);

        public override void ExplicitVisit(ExecuteParameter node) => node.ParameterValue?.Accept(this);

        public override void Visit(DeclareVariableElement node) => _declared.Add(node.VariableName.Value);

        public override void Visit(DeclareTableVariableBody node) => _declared.Add(node.VariableName.Value);

        public override void Visit(DataModificationStatement node) => Writes = true;

        public override void Visit(InsertSpecification node)
        {
            var counts = node.InsertSource switch
            {
                ValuesInsertSource values => values.RowValues.Select(row => row.ColumnValues.Count),
                SelectInsertSource select => Counts(select.Select),
                _ => [],
            };
            Faults.AddRange(counts.Where(count => count != node.Columns.Count)
                .Select(count => $"Line {node.StartLine}: INSERT names {node.Columns.Count} columns and gets {count} values."));
        }

        // The statements must also run on Babelfish, which rejects these or gives no such guarantee.
        public override void Visit(MergeStatement node) => Reject(node, "MERGE");

        public override void Visit(TableHint node)
        {
            if (node.HintKind is TableHintKind.HoldLock or TableHintKind.Serializable or TableHintKind.UpdLock or TableHintKind.ReadPast)
            {
                Reject(node, $"The hint {node.HintKind}");
            }
        }

        public override void Visit(CreateOrAlterFunctionStatement node) => Reject(node, "CREATE OR ALTER");

        public override void Visit(CreateOrAlterProcedureStatement node) => Reject(node, "CREATE OR ALTER");

        public override void Visit(CreateOrAlterTriggerStatement node) => Reject(node, "CREATE OR ALTER");

        public override void Visit(CreateOrAlterViewStatement node) => Reject(node, "CREATE OR ALTER");

        private void Reject(TSqlFragment node, string what) => Faults.Add($"Line {node.StartLine}: {what} does not run on every server.");

        private static IEnumerable<int> Counts(QueryExpression query) => query switch
        {
            BinaryQueryExpression both => Counts(both.FirstQueryExpression).Concat(Counts(both.SecondQueryExpression)),
            QueryParenthesisExpression inner => Counts(inner.QueryExpression),
            QuerySpecification one => [one.SelectElements.Count],
            _ => [],
        };
    }
}
