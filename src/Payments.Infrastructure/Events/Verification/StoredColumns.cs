namespace Payments.Infrastructure.Events.Verification;

/// <summary>Reads the columns of a row from left to right.</summary>
internal sealed class StoredColumns(DbDataReader row)
{
    private int _column;

    public long? NumberOrNull() => Next() is { } value ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : null;

    public long Number() => NumberOrNull()!.Value;

    /// <summary>A number that the service writes as an <c>int</c>. A larger one, which SQLite can hold, is not the number that it would be cut to.</summary>
    public int? IntOrNull() => NumberOrNull() is { } number ? (int)Math.Clamp(number, int.MinValue, int.MaxValue) : null;

    public string? TextOrNull() => (string?)Next();

    public string Text() => TextOrNull()!;

    public byte[]? Bytes() => (byte[]?)Next();

    /// <summary>A time, as the driver returns it: SQLite stores text.</summary>
    public object? Time() => Next();

    /// <summary>Converts a time. Only the text that the service writes is valid, because SQLite compares texts.</summary>
    public static DateTime ToUtc(string field, object? time)
    {
        if (time is DateTime utc)
        {
            return utc;
        }

        const string Format = @"yyyy\-MM\-dd HH\:mm\:ss.FFFFFFF";
        return DateTime.TryParseExact((string?)time, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed)
            && parsed.ToString(Format, CultureInfo.InvariantCulture) == (string?)time
                ? parsed
                : throw new DifferenceException(field, "The stored value is not valid.");
    }

    private object? Next()
    {
        var value = row.GetValue(_column++);
        return value is DBNull ? null : value;
    }
}
