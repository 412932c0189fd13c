using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Secrets;

/// <summary>The secrets in the database.</summary>
public sealed class SecretStore
{
    private readonly IDatabase _database;
    private readonly SecretKeys _keys;

    internal SecretStore(IDatabase database, SecretKeys keys) => (_database, _keys) = (database, keys);

    /// <summary>Checks that every secret can be decrypted, and encrypts those of a retired key with the current one.</summary>
    /// <exception cref="Startup.StartupException">A key file cannot be used, or no key decrypts a secret.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var secrets = await _database.QueryAsync<StoredSecret>(SecretSql.List, null, cancellationToken);
        _keys.Prepare(secrets);
        foreach (var secret in secrets.Where(secret => SecretKeys.KeyId(secret.Value) != _keys.CurrentId))
        {
            var value = _keys.Encrypt(secret.Purpose, secret.Row, _keys.Decrypt(secret.Purpose, secret.Row, secret.Value));
            await _database.WriteAsync(SecretSql.Replace, new { secret.Purpose, secret.Row, secret.Number, Old = secret.Value, New = value }, cancellationToken);
        }
    }
}
