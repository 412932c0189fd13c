using System.Text.Json.Nodes;

namespace Payments.Application.Events;

/// <summary>What a change overwrites in a stored payment. What follows from the history is not part of it.</summary>
public static class PaymentChanges
{
    /// <summary>The prefix of the fields of the current metadata.</summary>
    public const string Metadata = "metadata.";
    /// <summary>The prefix of the fields of the reported metadata, if it differs from the current metadata.</summary>
    public const string ReportedMetadata = "reportedMetadata.";
    /// <summary>The prefix of the keys of the metadata that were edited.</summary>
    public const string EditedMetadataKeys = "editedMetadataKeys.";

    /// <summary>The fields that differ between a payment as it is stored and after one change.</summary>
    public static FieldChanges Between(Payment stored, Payment changed)
    {
        var changes = new FieldChanges();
        if (stored.Details != changed.Details)
        {
            changes.Compare("scheme", WireName<PaymentScheme>.Of(stored.Details.Scheme), WireName<PaymentScheme>.Of(changed.Details.Scheme));
            changes.Compare("sourceAccountID", stored.Details.SourceAccountId?.ToString() ?? "", changed.Details.SourceAccountId?.ToString() ?? "");
            changes.Compare("destinationAccountID", stored.Details.DestinationAccountId?.ToString() ?? "", changed.Details.DestinationAccountId?.ToString() ?? "");
        }

        var (before, after) = (stored.ReportedMetadata, changed.ReportedMetadata);
        if (before != after)
        {
            changes.Compare(Metadata, before.Current.Entries, after.Current.Entries, Text);
            // Without edits, the reported metadata is the current metadata.
            if (before.Edits.Count > 0 || after.Edits.Count > 0)
            {
                changes.Compare(ReportedMetadata, before.Reported.Entries, after.Reported.Entries, Text);
                changes.Compare(EditedMetadataKeys, before.Edits, after.Edits, _ => JsonValue.Create(true));
            }
        }

        return changes;

        static JsonNode? Text(string? value) => value;
    }
}
