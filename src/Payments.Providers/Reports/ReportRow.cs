using System.Text.Encodings.Web;
using Payments.Providers.Values;

namespace Payments.Providers.Reports;

/// <summary>A record of a report, read by the names of its columns.</summary>
internal sealed class ReportRow(long number, IReadOnlyDictionary<string, int> columns, IReadOnlyList<string> cells)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public long Number => number;

    /// <summary>The record as a JSON object, without its empty cells.</summary>
    public string Raw
    {
        get
        {
            using var json = new MemoryStream();
            using (var writer = new Utf8JsonWriter(json, Readable))
            {
                writer.WriteStartObject();
                foreach (var (name, cell) in columns.OrderBy(column => column.Value).Select(column => (column.Key, cells[column.Value])).Where(column => column.Item2.Length > 0))
                {
                    writer.WriteString(name, cell);
                }

                writer.WriteEndObject();
            }

            return Encoding.UTF8.GetString(json.GetBuffer(), 0, (int)json.Length);
        }
    }

    /// <summary>Returns a cell; null if it is empty or the report has no such column.</summary>
    public string? Text(string column) => columns.TryGetValue(column, out var index) && cells[index] is { Length: > 0 } cell ? cell : null;

    public string Required(string column) => Text(column) ?? throw new UnusableValueException($"{column} is required for this kind of record");

    /// <summary>Reads a local time such as <c>2024-05-01 12:00:00</c>.</summary>
    public DateTime RequiredTime(string column) =>
        DateTime.TryParseExact(Required(column), ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) && time.Year is >= 1970 and < 9999
            ? time
            : throw new UnusableValueException($"{column} must be a time such as 2024-05-01 12:00:00");
}
