using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using CsvHelper;
using CsvHelper.Configuration;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Api.Json;

namespace Payments.Api.Payments;

/// <summary>Exported payments as CSV (RFC 4180). Each JSON member is a column; cells of numbers, objects and arrays are JSON.</summary>
/// <remarks>Values are not escaped for spreadsheets, so one that begins with = can be read as a formula.</remarks>
internal sealed class PaymentCsv(string[] header)
{
    // Without NewLine: if it is set, CsvHelper does not quote a cell with a lone line feed.
    private static readonly CsvConfiguration Rfc4180 = new(CultureInfo.InvariantCulture)
    {
        IgnoreBlankLines = false,
        BadDataFound = bad => throw Invalid("The record is not CSV (RFC 4180), because a quote is misplaced.", bad.RawRecord.AsSpan().Count('\n')),
    };

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly OrderedDictionary<string, JsonPropertyInfo> Columns = new(
        JsonSerializerOptions.Web.GetTypeInfo(typeof(ExportedPayment)).Properties.Select(member => KeyValuePair.Create(member.Name, member)));

    /// <summary>Reads the header, which has some or all columns of an export in any order.</summary>
    public static PaymentCsv ReadHeader(ReadOnlySpan<byte> header)
    {
        if (header.Length > Limits.BodyBytes)
        {
            throw new LineTooLongException();
        }

        ThrowIfSeparatedBy(header, ';', "semicolons");
        ThrowIfSeparatedBy(header, '\t', "tabs");
        var validation = new Validation();
        var columns = Cells(header);
        var known = $"; the columns are {string.Join(", ", Columns.Keys)}";
        foreach (var (column, count) in columns.CountBy(column => column))
        {
            var shown = column.Length > 100 ? $"{column[..100]}…" : column;
            if (column.Length == 0)
            {
                validation.Add("header", $"must have the name of a column in each cell; cell {Array.IndexOf(columns, "") + 1} is empty");
            }
            else if (Columns.ContainsKey(column))
            {
                if (count > 1)
                {
                    validation.Add(column, "must be only one column");
                }
            }
            else if (Columns.Keys.FirstOrDefault(name => name.Equals(column.Trim(), StringComparison.OrdinalIgnoreCase)) is { } meant)
            {
                validation.Add(shown, $"must be spelled {meant}; the names of columns are case-sensitive");
            }
            else
            {
                validation.Add(shown, $"is not a column of an import{known}");
                known = "";
            }
        }

        validation.ThrowIfInvalid();
        return new(columns);
    }

    /// <summary>Converts a record to its line of NDJSON. An empty cell is a member that is left out.</summary>
    public ReadOnlyMemory<byte> ToJson(ReadOnlySpan<byte> record)
    {
        var cells = Cells(record);
        if (cells.Length != header.Length)
        {
            throw Invalid($"The record has {cells.Length} cells, but the header has {header.Length}.", record.Count((byte)'\n'));
        }

        var validation = new Validation();
        var json = new ArrayBufferWriter<byte>(record.Length + 256);
        using var writer = new Utf8JsonWriter(json, Readable);
        writer.WriteStartObject();
        foreach (var (name, cell) in header.Zip(cells).Where(member => member.Second.Length > 0))
        {
            var member = Columns[name];
            if (member.CustomConverter is null && member.PropertyType == typeof(string))
            {
                writer.WriteString(name, cell);
            }
            else if (member.CustomConverter is JsonNumberTextConverter && !MinorUnits.TryParse(cell, out _))
            {
                validation.Add(name, MinorUnits.Rule);
            }
            else if (!IsJson(cell))
            {
                validation.Add(name, "must be JSON");
            }
            else
            {
                writer.WritePropertyName(name);
                writer.WriteRawValue(cell, skipInputValidation: true);
            }
        }

        validation.ThrowIfInvalid();
        writer.WriteEndObject();
        writer.Flush();
        return json.WrittenMemory;
    }

    /// <summary>Also writes the header.</summary>
    public static CsvWriter CreateWriter(TextWriter text)
    {
        var csv = new CsvWriter(text, Rfc4180);
        foreach (var column in Columns.Keys)
        {
            csv.WriteField(column);
        }

        csv.NextRecord();
        return csv;
    }

    public static void Write(CsvWriter csv, ExportedPayment payment, JsonSerializerOptions options)
    {
        foreach (var member in Columns.Values)
        {
            // A number or an object that is kept as text is already JSON.
            csv.WriteField(member.Get!(payment) switch
            {
                null => "",
                string text => text,
                var value => JsonSerializer.Serialize(value, member.PropertyType, options),
            });
        }

        csv.NextRecord();
    }

    private static void ThrowIfSeparatedBy(ReadOnlySpan<byte> header, char separator, string name)
    {
        if (Encoding.UTF8.GetString(header).Split(separator) is { Length: > 1 } names && names.Any(column => Columns.ContainsKey(column.Trim('"'))))
        {
            throw new InvalidBodyException($"The cells seem to be separated by {name}. Separate them by commas.");
        }
    }

    /// <summary>Returns the cells of a record.</summary>
    public static string[] Cells(ReadOnlySpan<byte> record)
    {
        if (!Utf8.IsValid(record))
        {
            throw new InvalidBodyException("The record is not UTF-8.");
        }

        using var parser = new CsvParser(new StringReader(Encoding.UTF8.GetString(record)), Rfc4180);
        return parser.Read() && parser.Record is { } cells && !parser.Read()
            ? cells : throw new InvalidBodyException("The record contains a carriage return outside quotes. End each record with CRLF or LF.");
    }

    private static InvalidBodyException Invalid(string error, int lineBreaks) =>
        new(lineBreaks == 0 ? error : $"{error} It spans {lineBreaks + 1} lines; check its quotes.");

    private static bool IsJson(string cell)
    {
        try
        {
            using var document = JsonDocument.Parse(cell, new JsonDocumentOptions { MaxDepth = Limits.ExportedPaymentDepth });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
