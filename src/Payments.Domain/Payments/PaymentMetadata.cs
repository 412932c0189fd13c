namespace Payments.Domain.Payments;

/// <summary>A payment's metadata: what its reports said, and what was edited since.</summary>
public sealed class PaymentMetadata
{
    /// <summary>The largest number of keys that were ever reported or edited.</summary>
    public const int MaxKeys = 1000;

    private static readonly Dictionary<string, string?> NoEdits = [];

    /// <summary>Metadata that nobody has edited.</summary>
    public PaymentMetadata(Metadata reported)
        : this(reported, NoEdits)
    {
    }

    /// <summary>Metadata with edits.</summary>
    public PaymentMetadata(Metadata reported, IReadOnlyDictionary<string, string?> edits)
    {
        (Reported, Edits) = (reported, edits);
        Current = edits.Count == 0 ? reported : Metadata.Restore(Overlay(reported, edits));
    }

    /// <summary>The metadata of all reports together.</summary>
    public Metadata Reported { get; }

    /// <summary>The edited keys with their values; a null value means that the key was removed.</summary>
    public IReadOnlyDictionary<string, string?> Edits { get; }

    /// <summary>The metadata as it is now.</summary>
    public Metadata Current { get; }

    /// <summary>Merges changes; a null value removes the key.</summary>
    /// <returns>The edited metadata, or null if nothing changes.</returns>
    /// <exception cref="ValidationException">The merged metadata breaks a limit.</exception>
    public PaymentMetadata? Edit(IReadOnlyDictionary<string, string?> changes)
    {
        var edits = new Dictionary<string, string?>(Edits);
        var isChanged = false;
        foreach (var (key, value) in changes)
        {
            if (Current.Entries.GetValueOrDefault(key) != value)
            {
                edits[key] = value;
                isChanged = true;
            }
        }

        if (!isChanged)
        {
            return null;
        }

        var validation = new Validation();
        _ = Metadata.From(Overlay(Reported, edits), "metadata", validation);
        if (CountKeys(Reported, edits) > MaxKeys)
        {
            validation.Add("metadata", $"must have at most {MaxKeys} keys, those that were removed included");
        }

        validation.ThrowIfInvalid();
        return new(Reported, edits);
    }

    /// <summary>Adds what a report says. A key may repeat its reported or its current value, and an edited key keeps its edited value.</summary>
    /// <returns>This instance if the report has nothing new.</returns>
    internal PaymentMetadata Add(Metadata report, Differences differences) => Add(report, Edits, differences);

    /// <summary>Adds what a copy from another installation says; edits of one key must agree.</summary>
    /// <returns>This instance if the copy has nothing new.</returns>
    internal PaymentMetadata Merge(PaymentMetadata copy, Differences differences)
    {
        foreach (var (key, value) in copy.Edits)
        {
            if (Edits.TryGetValue(key, out var edited) && edited != value)
            {
                differences.Add($"metadata.{key}", "was edited here to another value");
            }
        }

        return Add(copy.Reported, copy.Edits.Keys.All(Edits.ContainsKey) ? Edits : Edits.UnionBy(copy.Edits, edit => edit.Key).ToDictionary(), differences);
    }

    private PaymentMetadata Add(Metadata report, IReadOnlyDictionary<string, string?> edits, Differences differences)
    {
        var isNew = edits != Edits;
        foreach (var (key, value) in report.Entries)
        {
            var isReported = Reported.Entries.TryGetValue(key, out var reported);
            isNew |= !isReported;
            if ((isReported || Current.Entries.ContainsKey(key)) && value != reported && value != Current.Entries.GetValueOrDefault(key))
            {
                differences.Add($"metadata.{key}", "must repeat its recorded value; edit the metadata to change it");
            }
        }

        if (!isNew)
        {
            return this;
        }

        var added = new PaymentMetadata(Metadata.Restore(Reported.Entries.UnionBy(report.Entries, entry => entry.Key).ToDictionary()), edits);
        if (added.Current.Entries.Count > Metadata.MaxEntries || CountKeys(added.Reported, edits) > MaxKeys)
        {
            differences.Add("metadata", $"must have at most {Metadata.MaxEntries} entries together with those that are recorded");
        }

        return added;
    }

    private static Dictionary<string, string> Overlay(Metadata reported, IReadOnlyDictionary<string, string?> edits) =>
        reported.Entries.Where(entry => !edits.ContainsKey(entry.Key))
            .Concat(edits.Where(edit => edit.Value is not null).Select(edit => KeyValuePair.Create(edit.Key, edit.Value!)))
            .ToDictionary();

    private static int CountKeys(Metadata reported, IReadOnlyDictionary<string, string?> edits) => reported.Entries.Keys.Union(edits.Keys).Count();
}
