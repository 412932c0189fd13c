namespace Payments.Infrastructure.Events.Verification;

/// <summary>The first row that is not as it was recorded.</summary>
/// <param name="Position">The position of the event that the row belongs to; null for a row without one.</param>
/// <param name="Subject">The payment, account, connector or table.</param>
/// <param name="Field">The field, by the name that responses show, or the column.</param>
/// <param name="Reason">What is wrong with it, as a sentence.</param>
public sealed record EventDifference(long? Position, string Subject, string Field, string Reason);

/// <summary>Ends the comparison of a row at its first difference.</summary>
internal sealed class DifferenceException(string field, string reason) : Exception(reason)
{
    public const string NotAsRecorded = "The stored value is not the recorded one.";
    public const string DoesNotFollow = "The stored value does not follow from the recorded ones.";

    public string Field { get; } = field;

    public static void ThrowIf(bool differs, string field, string reason = DoesNotFollow)
    {
        if (differs)
        {
            throw new DifferenceException(field, reason);
        }
    }

    /// <summary>Reads a stored value that has a rule.</summary>
    public static T Read<T>(string field, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FormatException or JsonException or ArgumentException or InvalidOperationException or KeyNotFoundException)
        {
            throw new DifferenceException(field, "The stored value is not valid.");
        }
    }
}
