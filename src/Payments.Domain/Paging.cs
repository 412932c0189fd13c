namespace Payments.Domain;

/// <summary>A place in a list: behind, or in front of, one of its items.</summary>
/// <param name="CreatedAt">When that item was made.</param>
/// <param name="Sequence">Its number in the order of recording, which tells items of one instant apart.</param>
public sealed record PagePosition(Instant CreatedAt, long Sequence);

/// <summary>Which page of a list is asked for.</summary>
/// <param name="Size">The most items of the page, 1 to <see cref="MaxSize"/>.</param>
/// <param name="Ascending">Whether the list goes from the oldest to the newest.</param>
/// <param name="Position">The place to go on from; null at the list's beginning.</param>
/// <param name="Backwards">Whether the page is the one in front of the place, and not the one behind it.</param>
public sealed record PageRequest(int Size, bool Ascending = false, PagePosition? Position = null, bool Backwards = false)
{
    /// <summary>The items of a page where no size is asked for.</summary>
    public const int DefaultSize = 15;

    /// <summary>The most items of a page.</summary>
    public const int MaxSize = 1000;
}

/// <summary>A page of a list.</summary>
/// <param name="Items">The items in the list's order.</param>
/// <param name="Next">The page behind this one, or null where the list ends.</param>
/// <param name="Previous">The page in front of this one, or null where the list begins.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, PageRequest? Next, PageRequest? Previous);
