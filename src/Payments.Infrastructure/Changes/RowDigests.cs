namespace Payments.Infrastructure.Changes;

/// <summary>Adds the fields of the rows that an event stands for to its digest, under the names that responses show.</summary>
internal static class RowDigests
{
    public static EventDigest OfPayment(byte[] idHash)
    {
        var digest = new EventDigest();
        digest.Add("subject", idHash);
        return digest;
    }

    /// <summary>Adds the payment as it was reported first. Metadata without edits has no reported metadata and no edited keys.</summary>
    public static void AddPayment(
        this EventDigest digest, string connectorId, PaymentId id, string scheme, string asset, string sourceAccountId, string destinationAccountId,
        IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, string>? reportedMetadata, IEnumerable<string> editedMetadataKeys)
    {
        digest.Add("connectorID", connectorId);
        digest.Add("reference", id.Reference.Text);
        digest.Add("type", WireName<PaymentType>.Of(id.Type));
        digest.Add("scheme", scheme);
        digest.Add("asset", asset);
        digest.Add("sourceAccountID", sourceAccountId);
        digest.Add("destinationAccountID", destinationAccountId);
        var text = Text(metadata);
        digest.Add("metadata", text);
        digest.Add("reportedMetadata", reportedMetadata is null || reportedMetadata == metadata ? text : Text(reportedMetadata));
        digest.Add("editedMetadataKeys", Text([.. editedMetadataKeys.Select(key => KeyValuePair.Create(key, ""))]));
    }

    /// <param name="digest">The digest.</param>
    /// <param name="reference">The adjustment's reference.</param>
    /// <param name="createdAt">The provider's time, in UTC.</param>
    /// <param name="status">The wire name.</param>
    /// <param name="amount">The digits without leading zeros.</param>
    /// <param name="raw">The text.</param>
    public static void AddAdjustment(this EventDigest digest, string reference, DateTime createdAt, string status, string amount, string raw)
    {
        digest.Add("adjustment.reference", reference);
        digest.Add("adjustment.createdAt", createdAt.Ticks);
        digest.Add("adjustment.status", status);
        digest.Add("adjustment.amount", amount);
        digest.Add("adjustment.raw", raw);
    }

    public static EventDigest OfAccount(
        string connectorId, string reference, string type, string? name, string? defaultAsset, DateTime createdAt, IReadOnlyDictionary<string, string> metadata, string raw)
    {
        var digest = new EventDigest();
        digest.Add("connectorID", connectorId);
        digest.Add("reference", reference);
        digest.Add("type", type);
        digest.Add("accountName", name);
        digest.Add("defaultAsset", defaultAsset);
        digest.Add("createdAt", createdAt.Ticks);
        digest.Add("metadata", Text(metadata));
        digest.Add("raw", raw);
        return digest;
    }

    public static EventDigest OfConnector(string connectorId)
    {
        var digest = new EventDigest();
        digest.Add("connectorID", connectorId);
        return digest;
    }

    public static void AddInstallation(this EventDigest digest, string name, DateTime installedAt)
    {
        digest.Add("name", name);
        digest.Add("installedAt", installedAt.Ticks);
    }

    public static EventDigest OfWebhook(WebhookId id)
    {
        var digest = new EventDigest();
        digest.Add("webhookID", $"{id}");
        return digest;
    }

    /// <summary>Adds the endpoint as it was created. Its secret is not part of the record.</summary>
    public static void AddWebhook(
        this EventDigest digest, string url, IEnumerable<string> types, string description, bool isOrdered, string secretLastFour, string state, string? disabledReason, DateTime createdAt)
    {
        digest.Add("url", url);
        digest.Add("types", string.Join(' ', types));
        digest.Add("description", description);
        digest.Add("ordered", isOrdered ? 1 : 0);
        digest.Add("secretLastFour", secretLastFour);
        digest.Add("state", state);
        digest.Add("disabledReason", disabledReason);
        digest.Add("createdAt", createdAt.Ticks);
    }

    // The lengths separate the entries.
    private static string Text(IReadOnlyCollection<KeyValuePair<string, string>> entries)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            text.Append(key.Length).Append(':').Append(key).Append(value.Length).Append(':').Append(value);
        }

        return text.ToString();
    }
}
