using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Payments.TransactSql.Tests;

/// <summary>The script that an administrator runs before the first start. It refers to logins, which the model of the tables does not know.</summary>
internal sealed class CreateDatabaseTests
{
    [Test]
    public void Script_AsTransactSql_HasNoSyntaxError()
    {
        using var script = new StreamReader(Path.Combine(AppContext.BaseDirectory, "create-database.sql"));
        var parsed = (TSqlScript)new TSql150Parser(initialQuotedIdentifiers: true).Parse(script, out var errors);
        Assert.Multiple(() =>
        {
            Assert.That(errors.Select(error => $"Line {error.Line}: {error.Message}"), Is.Empty);
            // A batch can only use a database that an earlier batch created.
            Assert.That(parsed.Batches, Has.Count.EqualTo(4));
        });
    }
}
