using System.Collections.ObjectModel;

namespace Payments.Domain.Payments;

/// <summary>The metadata of a payment: the entries of its reports, and the edits that clients made afterward.</summary>
public sealed class PaymentMetadata
{
    /// <summary>The max number of keys that were ever reported or edited.</summary>
    public const int MaxKeys = 1000;
    private const string EditRequest = "PATCH /api/payments/payments/{paymentID}/metadata";

    private static readonly Dictionary<string, string?> NoEdits = [];

    private static string KeysRule { get; } = $"must have at most {MaxKeys} keys, including the removed keys";

    /// <summary>Combines reported metadata and its edits.</summary>
    public PaymentMetadata(Metadata reported, IReadOnlyDictionary<string, string?>? edits = null)
    {
        (Reported, Edits) = (reported, edits ?? NoEdits);
        Current = Edits.Count == 0 ? reported : Metadata.Restore(Overlay(reported, Edits));
    }

    /// <summary>The entries of all reports.</summary>
    public Metadata Reported { get; }
    /// <summary>The values of the edited keys. A null value means that the key was removed.</summary>
    public IReadOnlyDictionary<string, string?> Edits { get; }
    /// <summary>The current metadata: the reported entries with the edits applied.</summary>
    public Metadata Current { get; }

    /// <summary>Merges changes into the edits; a null value removes the key.</summary>
    /// <returns>The changed metadata, or null if nothing changes.</returns>
    /// <exception cref="ValidationException">The merged metadata breaks a limit.</exception>
    public PaymentMetadata? Edit(IReadOnlyDictionary<string, string?> changes)
    {
        var changed = changes.Where(change => change.Value != Current.Entries.GetValueOrDefault(change.Key)).ToList();
        if (changed.Count == 0)
        {
            return null;
        }

        var edits = new Dictionary<string, string?>(Edits);
        changed.ForEach(change => edits[change.Key] = change.Value);
        var validation = new Validation();
        _ = Metadata.From(Overlay(Reported, edits), "metadata", validation);
        validation.AddIf(CountKeys(Reported, edits) > MaxKeys, "metadata", KeysRule);
        validation.ThrowIfInvalid();
        return new(Reported, edits);
    }

    /// <summary>Adds the entries of a report. A key must repeat its reported or its current value; edits are never overwritten.</summary>
    /// <returns>The changed metadata, or this instance if the report has nothing new.</returns>
    internal PaymentMetadata Add(Metadata report, Differences differences) => Add(report, Edits, ReadOnlyDictionary<string, string?>.Empty, differences);

    /// <summary>Adds the entries whose keys are unknown. If the result would exceed a limit, nothing is added.</summary>
    /// <returns>The changed metadata, or this instance if nothing is added.</returns>
    internal PaymentMetadata Fill(Metadata entries)
    {
        var filled = Reported.Entries.UnionBy(entries.Entries, entry => entry.Key).ToDictionary();
        var metadata = filled.Count == Reported.Entries.Count ? this : new PaymentMetadata(Metadata.Restore(filled), Edits);
        return metadata.Current.Entries.Count > Metadata.MaxEntries || CountKeys(metadata.Reported, Edits) > MaxKeys ? this : metadata;
    }

    /// <summary>Merges a copy from another installation. Edits of the same key must agree.</summary>
    /// <returns>The changed metadata, or this instance if the copy has nothing new.</returns>
    internal PaymentMetadata Merge(PaymentMetadata copy, Differences differences)
    {
        foreach (var (key, value) in copy.Edits)
        {
            if (Edits.TryGetValue(key, out var edited) && edited != value)
            {
                differences.Add($"metadata.{key}", $"must be the edited value that is recorded here. To change it, send {EditRequest}");
            }
        }

        var edits = copy.Edits.Keys.All(Edits.ContainsKey) ? Edits : Edits.UnionBy(copy.Edits, edit => edit.Key).ToDictionary();
        return Add(copy.Reported, edits, copy.Edits, differences);
    }

    private PaymentMetadata Add(Metadata report, IReadOnlyDictionary<string, string?> edits, IReadOnlyDictionary<string, string?> copied, Differences differences)
    {
        foreach (var (key, value) in report.Entries)
        {
            var (reported, current) = (Reported.Entries.GetValueOrDefault(key), Current.Entries.GetValueOrDefault(key));
            // What was edited on both sides, but reported only there, does not differ.
            var isOnlyEdited = reported is null && copied.ContainsKey(key);
            if ((reported ?? current) is not null && value != reported && value != current && !isOnlyEdited)
            {
                differences.Add($"metadata.{key}", $"must repeat its recorded value. To change it, send {EditRequest}");
            }
        }

        if (edits == Edits && report.Entries.Keys.All(Reported.Entries.ContainsKey))
        {
            return this;
        }

        var added = new PaymentMetadata(Metadata.Restore(Reported.Entries.UnionBy(report.Entries, entry => entry.Key).ToDictionary()), edits);
        if (added.Current.Entries.Count > Metadata.MaxEntries)
        {
            differences.Add("metadata", $"must have at most {Metadata.MaxEntries} entries, including the recorded entries. To remove entries, send {EditRequest}");
        }
        else if (CountKeys(added.Reported, edits) > MaxKeys)
        {
            differences.Add("metadata", KeysRule);
        }

        return added;
    }

    private static Dictionary<string, string> Overlay(Metadata reported, IReadOnlyDictionary<string, string?> edits) =>
        reported.Entries.Where(entry => !edits.ContainsKey(entry.Key))
            .Concat(edits.Where(edit => edit.Value is not null).Select(edit => KeyValuePair.Create(edit.Key, edit.Value!)))
            .ToDictionary();

    private static int CountKeys(Metadata reported, IReadOnlyDictionary<string, string?> edits) => reported.Entries.Keys.Union(edits.Keys).Count();
}
