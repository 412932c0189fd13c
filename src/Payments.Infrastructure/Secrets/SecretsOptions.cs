namespace Payments.Infrastructure.Secrets;

/// <summary>The settings under <c>Secrets</c>.</summary>
public sealed class SecretsOptions
{
    /// <summary>The key that encrypts the secrets in the database; created at the first start. A relative path starts at the content root.</summary>
    public string KeyFile { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = "data/secrets-key.pem";
}
