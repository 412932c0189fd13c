namespace Payments.Infrastructure.Secrets;

/// <summary>The statements on secrets. The table has the secrets of every purpose, so that the keys are checked in one place.</summary>
internal static class SecretSql
{
    public const string List = "SELECT s.purpose AS Purpose, s.row_id AS Row, s.number AS Number, s.value AS Value FROM secrets AS s;";

    public const string Replace =
        "UPDATE secrets SET value = @New WHERE purpose = @Purpose AND row_id = @Row AND number = @Number AND value = @Old;";
}
