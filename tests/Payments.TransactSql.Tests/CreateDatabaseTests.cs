using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Payments.TransactSql.Tests;

/// <summary>The script that an administrator runs before the first start; it knows the server's logins, so the model of the tables cannot read it.</summary>
internal sealed class CreateDatabaseTests
{
    [Test]
    public void Script_WhenReadAsTransactSql_HasNoSyntaxError()
    {
        using var script = new StreamReader(Path.Combine(AppContext.BaseDirectory, "create-database.sql"));
        var parsed = (TSqlScript)new TSql150Parser(initialQuotedIdentifiers: true).Parse(script, out var errors);
        Assert.Multiple(() =>
        {
            Assert.That(errors.Select(error => $"Line {error.Line}: {error.Message}"), Is.Empty);
            // A database can be used in a batch after the one that makes it, no sooner.
            Assert.That(parsed.Batches, Has.Count.EqualTo(4));
        });
    }
}
