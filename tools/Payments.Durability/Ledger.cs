namespace Payments.Durability;

/// <summary>The changes that were sent to the service and those that it acknowledged.</summary>
internal sealed class Ledger
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private readonly List<Entry> _idle = [];
    private readonly List<Entry> _touched = [];

    private long _acknowledged;
    private long _unavailable;
    private long _unanswered;

    /// <summary>The number of changes that the service acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>The number of 503 responses.</summary>
    public long Unavailable => Interlocked.Read(ref _unavailable);

    /// <summary>The number of changes that got no response.</summary>
    public long Unanswered => Interlocked.Read(ref _unanswered);

    /// <summary>The number of changes that got no response and were stored.</summary>
    public int UnansweredButStored { get; private set; }

    /// <summary>Every payment that was sent, ordered by number.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>Returns a payment that was not sent yet. It belongs to the caller.</summary>
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

    /// <summary>Returns a stored payment, which belongs to the caller until <see cref="GiveBack"/>; null if none is free.</summary>
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

    /// <summary>Records that the service acknowledged the open change.</summary>
    public void Acknowledge(Entry entry)
    {
        entry.Stored = entry.Open!.After;
        entry.Open = null;
        entry.IsSentTwice = false;
        Interlocked.Increment(ref _acknowledged);
    }

    public void CountUnavailable() => Interlocked.Increment(ref _unavailable);

    public void CountUnanswered() => Interlocked.Increment(ref _unanswered);

    public void CountUnansweredButStored()
    {
        lock (_gate)
        {
            UnansweredButStored++;
        }
    }

    /// <summary>Returns the payments that were touched since the last call and some of the others. The load must have stopped.</summary>
    public IReadOnlyList<Entry> TakeTouched(int others, Random random)
    {
        var taken = _touched.Concat(Enumerable.Range(0, _entries.Count == 0 ? 0 : others).Select(_ => _entries[random.Next(_entries.Count)])).Distinct().ToList();
        _touched.Clear();
        return taken;
    }

    /// <summary>Gives back every payment, after the load that had borrowed them stopped.</summary>
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

    /// <summary>The payment as last acknowledged; null if its creation was not.</summary>
    public Payment? Stored { get; set; }

    /// <summary>The change that was sent and is not acknowledged. It may be stored as a whole or not at all.</summary>
    public Change? Open { get; set; }

    /// <summary>Whether the open change was sent twice. One request may have stored it although the response to the other was lost.</summary>
    public bool IsSentTwice { get; set; }
}
