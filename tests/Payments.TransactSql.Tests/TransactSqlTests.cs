namespace Payments.TransactSql.Tests;

/// <summary>The check of the service's statements finds faults.</summary>
internal sealed class TransactSqlTests
{
    private const string Notes = "CREATE TABLE notes (id int NOT NULL, words nvarchar(20) NULL, CONSTRAINT pk_notes PRIMARY KEY (id));";

    private static readonly TransactSql Schema = new(Notes, [new HashSet<string> { "Id", "Words" }, new HashSet<string> { "Other" }]);

    [TestCase("SELECT n.id AS Number FROM notes AS n WHERE n.words = @Words ORDER BY n.id OFFSET @Id ROWS;")]
    [TestCase("DECLARE @most int; SELECT @most = MAX(n.id) FROM notes AS n; UPDATE notes SET words = @Words WHERE id = @most;")]
    [TestCase("INSERT INTO notes (id, words) SELECT n.id + 1, n.words FROM notes AS n UNION ALL SELECT @Id, @Words;")]
    [TestCase("INSERT INTO notes (id, words) VALUES (@Id, @Words), (2, NULL);")]
    public void FaultsOf_ValidStatement_AreEmpty(string statement) =>
        Assert.That(Schema.FaultsOf(statement), Is.Empty);

    [TestCase("SELECT n.wrods FROM notes AS n;", "wrods", TestName = "{m}(selected)")]
    [TestCase("SELECT n.id FROM notes AS n WHERE n.wrods = @Words;", "wrods", TestName = "{m}(filtered)")]
    [TestCase("SELECT n.id FROM notes AS n ORDER BY n.wrods;", "wrods", TestName = "{m}(ordered)")]
    [TestCase("SELECT wrods FROM notes;", "wrods", TestName = "{m}(unqualified)")]
    [TestCase("SELECT n.id FROM notes AS n WHERE EXISTS (SELECT 1 FROM notes AS m WHERE m.id = n.wrods);", "wrods", TestName = "{m}(nested)")]
    [TestCase("SELECT n.id FROM notes AS n INNER JOIN notes AS m ON m.wrods = n.words;", "wrods", TestName = "{m}(joined)")]
    [TestCase("INSERT INTO notes (id, wrods) VALUES (@Id, @Words);", "wrods", TestName = "{m}(inserted)")]
    [TestCase("UPDATE notes SET wrods = @Words WHERE id = @Id;", "wrods", TestName = "{m}(updated)")]
    [TestCase("DELETE FROM notes WHERE wrods = @Words;", "wrods", TestName = "{m}(deleted)")]
    [TestCase("SELECT 1 AS One; SELECT n.id, m.words FROM notes AS n;", "[m]", TestName = "{m}(alias)")]
    public void FaultsOf_UnknownColumn_NameIt(string statement, string name) =>
        Assert.That(Schema.FaultsOf(statement), Has.Some.Contains("unresolved reference").And.Contains(name));

    [TestCase("SELECT n.id FROM nots AS n;", "nots", TestName = "{m}(selected)")]
    [TestCase("INSERT INTO nots (id) VALUES (@Id);", "nots", TestName = "{m}(inserted)")]
    [TestCase("UPDATE nots SET id = @Id;", "nots", TestName = "{m}(updated)")]
    [TestCase("DELETE FROM nots;", "nots", TestName = "{m}(deleted)")]
    public void FaultsOf_UnknownTable_NameIt(string statement, string name) =>
        Assert.That(Schema.FaultsOf(statement), Has.Some.Contains("unresolved reference").And.Contains(name));

    [TestCase("SELECT n.id FROM notes AS n WHERE n.words = @Wrods;", "@Wrods", TestName = "{m}(misspelled)")]
    [TestCase("SELECT n.id FROM notes AS n WHERE n.words = @words;", "@words", TestName = "{m}(other case)")]
    [TestCase("SELECT n.id FROM notes AS n WHERE n.id = @Id AND n.words = @Other;", "@Other", TestName = "{m}(of another statement)")]
    [TestCase("DECLARE @most int = 1; SELECT n.id FROM notes AS n WHERE n.id = @mots;", "@mots", TestName = "{m}(local)")]
    public void FaultsOf_MissingParameter_NameIt(string statement, string name) => AssertFault(Schema.FaultsOf(statement), name);

    [TestCase("EXEC sp_getapplock @Resuorce = 'notes', @LockMode = 'Exclusive';", "@Resuorce", TestName = "{m}(parameter)")]
    [TestCase("EXEC sp_getaplock @Resource = 'notes', @LockMode = 'Exclusive';", "sp_getaplock", TestName = "{m}(procedure)")]
    public void FaultsOf_MisspelledCall_NameIt(string statement, string name) =>
        Assert.That(Schema.FaultsOf(statement), Has.Some.Contains("unresolved reference").And.Contains(name));

    [TestCase("INSERT INTO notes (id, words) VALUES (@Id);", "2 columns and gets 1", TestName = "{m}(VALUES)")]
    [TestCase("INSERT INTO notes (id, words) VALUES (@Id, @Words), (1, NULL, 2);", "2 columns and gets 3", TestName = "{m}(second row)")]
    [TestCase("INSERT INTO notes (id) SELECT n.id, n.words FROM notes AS n;", "1 columns and gets 2", TestName = "{m}(SELECT)")]
    [TestCase("INSERT INTO notes (id) (SELECT 1 UNION ALL SELECT 2, 3);", "1 columns and gets 2", TestName = "{m}(UNION)")]
    [TestCase("INSERT INTO notes VALUES (@Id, @Words);", "0 columns and gets 2", TestName = "{m}(unnamed)")]
    public void FaultsOf_InsertWithOtherNumberOfValues_NameBothNumbers(string statement, string counts) => AssertFault(Schema.FaultsOf(statement), counts);

    [Test]
    public void FaultsOf_InvalidSyntax_NameLineAndColumn() =>
        AssertFault(Schema.FaultsOf("SELECT n.id\nFROM notes AS n\nLIMIT 10;"), "Line 3, column 1: Incorrect syntax near 'LIMIT'. LIMIT 10;");

    [TestCase("MERGE notes AS n USING (SELECT 1 AS id) AS s ON s.id = n.id WHEN MATCHED THEN DELETE;", "MERGE")]
    [TestCase("SELECT n.id FROM notes AS n WITH (UPDLOCK);", "UpdLock")]
    [TestCase("SELECT n.id FROM notes AS n WITH (READPAST, ROWLOCK);", "ReadPast")]
    [TestCase("UPDATE notes WITH (HOLDLOCK) SET words = @Words;", "HoldLock")]
    public void FaultsOf_UnportableStatement_NameTheFeature(string statement, string what) => AssertFault(Schema.FaultsOf(statement), what);

    [TestCase("CREATE OR ALTER PROCEDURE reading AS SELECT id FROM notes;", "CREATE OR ALTER")]
    [TestCase("CREATE OR ALTER VIEW reading AS SELECT id FROM notes;", "CREATE OR ALTER")]
    [TestCase("CREATE TABLE others (id int NOT NULL, CONSTRAINT fk FOREIGN KEY (id) REFERENCES nots (id));", "nots")]
    [TestCase("CREATE TABLE others (id itn NOT NULL);", "itn")]
    [TestCase("CREATE TABLE others (id int NOT NULL, CONSTRAINT ck CHECK (wrods = ''));", "wrods")]
    [TestCase("CREATE INDEX ix_notes ON notes (wrods);", "wrods")]
    [TestCase("CREATE TABLE others (id int NOT NULL,, words int);", "Incorrect syntax near ','")]
    [TestCase("UPDATE notes SET wrods = '';", "wrods")]
    [TestCase("IF 1 = 1 DELETE FROM nots;", "nots")]
    public void FaultsOfScript_InvalidStatement_NameIt(string statement, string name) =>
        AssertFault(new TransactSql($"{Notes}\nGO\n{statement}", []).FaultsOfScript(), name);

    [Test]
    public void FaultsOfScript_ValidStatements_AreEmpty() =>
        Assert.That(new TransactSql($"{Notes} CREATE INDEX ix_notes ON notes (words); UPDATE notes SET words = '';", []).FaultsOfScript(), Is.Empty);

    [Test]
    public void Columns_Table_HaveNameAndNullability() =>
        Assert.That(Schema.Columns(), Is.EqualTo(["notes.id NOT NULL", "notes.words NULL"]));

    private static void AssertFault(IReadOnlyList<string> faults, string part) => Assert.That(faults, Has.Some.Contains(part));
}
