namespace Payments.Domain;

/// <summary>The position of an item in a list. The sequence, its number in the order of recording, orders items with the same createdAt.</summary>
public sealed record PagePosition(Instant CreatedAt, long Sequence);

/// <summary>A request for a page of a list.</summary>
/// <param name="Size">The max number of items, 1 to <see cref="MaxSize"/>.</param>
/// <param name="Ascending">Whether the list is oldest first; otherwise it is newest first.</param>
/// <param name="Position">The position after which the page starts; null for the start of the list.</param>
/// <param name="Backwards">Whether the page ends before the position instead of starting after it.</param>
public sealed record PageRequest(int Size, bool Ascending = false, PagePosition? Position = null, bool Backwards = false)
{
    /// <summary>The size of a page if the request has none.</summary>
    public const int DefaultSize = 15;
    /// <summary>The max number of items on a page.</summary>
    public const int MaxSize = 1000;
}

/// <summary>A page of a list, with the requests for the pages after and before it; null on the last and the first page.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, PageRequest? Next, PageRequest? Previous);
