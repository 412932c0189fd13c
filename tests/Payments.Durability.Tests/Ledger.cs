namespace Payments.Durability.Tests;

/// <summary>What was asked of the service and what it has acknowledged, kept outside of it.</summary>
internal sealed class Ledger
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private readonly List<Entry> _idle = [];
    private readonly List<Entry> _touched = [];

    private long _acknowledged;
    private long _refused;
    private long _unanswered;

    /// <summary>How many changes were answered with success.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>How many requests were answered with 503.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>How many changes were sent and never answered.</summary>
    public long Unanswered => Interlocked.Read(ref _unanswered);

    /// <summary>How many of the unanswered ones were found stored.</summary>
    public int UnansweredButStored { get; private set; }

    /// <summary>Every payment that was ever sent, in the order of their numbers.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>A payment that nobody has sent yet, for its taker alone.</summary>
    public Entry New()
    {
        lock (_gate)
        {
            var entry = new Entry(_entries.Count);
            _entries.Add(entry);
            _touched.Add(entry);
            return entry;
        }
    }

    /// <summary>Any payment that is stored, for its taker alone until it is given back; null where none is free.</summary>
    public Entry? Borrow(Random random)
    {
        lock (_gate)
        {
            if (_idle.Count == 0)
            {
                return null;
            }

            var place = random.Next(_idle.Count);
            var entry = _idle[place];
            _idle[place] = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            _touched.Add(entry);
            return entry;
        }
    }

    public void GiveBack(Entry entry)
    {
        lock (_gate)
        {
            _idle.Add(entry);
        }
    }

    /// <summary>The change is a fact from now on.</summary>
    public void Acknowledge(Entry entry)
    {
        entry.Stored = entry.Open!.After;
        entry.Open = null;
        entry.IsSentTwice = false;
        Interlocked.Increment(ref _acknowledged);
    }

    public void Refuse() => Interlocked.Increment(ref _refused);

    public void LeaveUnanswered() => Interlocked.Increment(ref _unanswered);

    public void FindUnanswered()
    {
        lock (_gate)
        {
            UnansweredButStored++;
        }
    }

    /// <summary>The payments that were touched since this was last asked, and as many of the others; nobody may be at work.</summary>
    public IReadOnlyList<Entry> TakeTouched(int others, Random random)
    {
        var taken = _touched.Concat(Enumerable.Range(0, _entries.Count == 0 ? 0 : others).Select(_ => _entries[random.Next(_entries.Count)])).Distinct().ToList();
        _touched.Clear();
        return taken;
    }

    /// <summary>After all is verified: whoever had borrowed a payment is gone, so all are free.</summary>
    public void FreeAll()
    {
        _idle.Clear();
        _idle.AddRange(_entries);
    }
}

/// <summary>One payment of the ledger.</summary>
internal sealed class Entry(int number)
{
    public int Number => number;

    /// <summary>The payment as it was last acknowledged; null where nothing of it was.</summary>
    public Payment? Stored { get; set; }

    /// <summary>The change that was sent and is not acknowledged, if any: it may be stored, whole, or not.</summary>
    public Change? Open { get; set; }

    /// <summary>Whether the open change was sent twice, so that it may be stored by the one and the other be lost.</summary>
    public bool IsSentTwice { get; set; }
}
