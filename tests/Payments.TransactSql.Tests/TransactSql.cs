using Microsoft.SqlServer.Dac.Model;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Payments.TransactSql.Tests;

/// <summary>Reads T-SQL as SQL Server 2019 does, against the tables of the schema scripts, and says what is wrong with it.</summary>
/// <param name="scripts">The schema scripts in order.</param>
/// <param name="parameterSets">The names, without @, of what the service passes together to a statement.</param>
internal sealed class TransactSql(IReadOnlyCollection<string> scripts, IReadOnlyCollection<IReadOnlySet<string>> parameterSets)
{
    // The model knows no system procedures, so here is the head of the one in use.
    private const string SystemProcedures =
        """
        CREATE PROCEDURE sp_getapplock
            @Resource nvarchar(255), @LockMode varchar(32), @LockOwner varchar(32) = 'Transaction',
            @LockTimeout int = NULL, @DbPrincipal sysname = 'public'
        AS RETURN 0;
        """;

    public IReadOnlyList<string> FaultsOfScripts()
    {
        var faults = new List<string>();
        foreach (var script in scripts)
        {
            faults.AddRange(Parse(script, out var parsed));
            faults.AddRange(Reading.Of(parsed).Faults);

            // The model passes over what defines nothing, such as an UPDATE of the rows already there.
            faults.AddRange(Statements(parsed).Where(statement => !Defines(statement)).SelectMany(statement => FaultsOf(Text(statement))));
        }

        return faults.Count > 0 ? faults : FaultsOfModel();
    }

    /// <summary>The faults of statements; making the model takes longer than reading many with it.</summary>
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

            // The model does not compare types, so one does for all parameters.
            var declarations = string.Join(", ", reading.Parameters.Select(parameter => $"{parameter} nvarchar(max)"));
            procedures.Add($"CREATE PROCEDURE checked{procedures.Count} {declarations} AS\n{statement}");
        }

        return procedures.Count == 0 ? faults : [.. faults, .. FaultsOfModel(procedures)];
    }

    /// <summary>Each column as its table, name and nullability.</summary>
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

    private static bool Defines(TSqlStatement statement) => statement is CreateTableStatement or AlterTableStatement or CreateIndexStatement;

    private static string Text(TSqlStatement statement)
    {
        new Sql150ScriptGenerator().GenerateScript(statement, out var text);
        return text;
    }

    private List<TSqlStatement> Definitions()
    {
        var definitions = scripts.SelectMany(script =>
        {
            Parse(script, out var parsed);
            return Statements(parsed).Where(Defines);
        }).ToList();

        // The model takes columns with their table only, so those that a later script adds move there.
        var tables = definitions.OfType<CreateTableStatement>().ToLookup(table => table.SchemaObjectName.BaseIdentifier.Value);
        foreach (var addition in definitions.OfType<AlterTableAddTableElementStatement>().ToList())
        {
            var added = addition.Definition;
            if (tables[addition.SchemaObjectName.BaseIdentifier.Value].FirstOrDefault() is { Definition: var table })
            {
                added.ColumnDefinitions.ToList().ForEach(table.ColumnDefinitions.Add);
                added.ColumnDefinitions.Clear();
                definitions.RemoveAll(definition => definition == addition && added.TableConstraints.Count == 0);
            }
        }

        return definitions;
    }

    private List<string> FaultsOfModel(params IEnumerable<string> more)
    {
        try
        {
            using var model = Model(more);

            // An unknown table is but a warning.
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
            // It takes no more than one statement at a time.
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

    /// <summary>What the model does not see.</summary>
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

        // Babelfish, which the statements are also run on, refuses these or does not keep their promise.
        public override void Visit(MergeStatement node) => Refuse(node, "MERGE");

        public override void Visit(TableHint node)
        {
            if (node.HintKind is TableHintKind.HoldLock or TableHintKind.Serializable or TableHintKind.UpdLock or TableHintKind.ReadPast)
            {
                Refuse(node, $"The hint {node.HintKind}");
            }
        }

        public override void Visit(CreateOrAlterFunctionStatement node) => Refuse(node, "CREATE OR ALTER");

        public override void Visit(CreateOrAlterProcedureStatement node) => Refuse(node, "CREATE OR ALTER");

        public override void Visit(CreateOrAlterTriggerStatement node) => Refuse(node, "CREATE OR ALTER");

        public override void Visit(CreateOrAlterViewStatement node) => Refuse(node, "CREATE OR ALTER");

        private void Refuse(TSqlFragment node, string what) => Faults.Add($"Line {node.StartLine}: {what} does not run on every server.");

        private static IEnumerable<int> Counts(QueryExpression query) => query switch
        {
            BinaryQueryExpression both => Counts(both.FirstQueryExpression).Concat(Counts(both.SecondQueryExpression)),
            QueryParenthesisExpression inner => Counts(inner.QueryExpression),
            QuerySpecification one => [one.SelectElements.Count],
            _ => [],
        };
    }
}
