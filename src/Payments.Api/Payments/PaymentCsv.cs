using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using CsvHelper;
using CsvHelper.Configuration;
using Payments.Api.Hosting;
using Payments.Api.Json;
using Payments.Domain;

namespace Payments.Api.Payments;

/// <summary>
/// An exported payment as a record of RFC 4180: each member in a cell of its own, objects and arrays as JSON. Cells are exactly what
/// is stored, so a spreadsheet may take one that begins with = for a formula.
/// </summary>
internal sealed class PaymentCsv
{
    // With its standard line end, for with one that is set the library would leave a lone line feed in a cell unquoted.
    private static readonly CsvConfiguration Rfc4180 = new(CultureInfo.InvariantCulture)
    {
        IgnoreBlankLines = false,
        BadDataFound = _ => throw new InvalidBodyException("The record is not CSV as RFC 4180 has it: a quote is where none may be, or is not closed."),
    };

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Columns =
    [
        "id", "reference", "connectorID", "provider", "createdAt", "type", "status", "scheme", "asset", "initialAmount", "amount",
        "sourceAccountID", "destinationAccountID", "metadata", "firstMetadata", "raw", "adjustments",
    ];

    private readonly string[] _columns;

    private PaymentCsv(string[] columns) => _columns = columns;

    /// <summary>Reads which columns the records have: some or all of those that an export has, in any order.</summary>
    /// <exception cref="Domain.ValidationException">A column is unknown or there twice.</exception>
    public static PaymentCsv ReadHeader(ReadOnlySpan<byte> line)
    {
        var validation = new Validation();
        var columns = Cells(line);
        foreach (var column in columns.Except(Columns))
        {
            validation.Add(column, $"is not a column of an import; they are {string.Join(",", Columns)}");
        }

        foreach (var column in columns.CountBy(column => column).Where(column => column.Value > 1))
        {
            validation.Add(column.Key, "must be a column once");
        }

        validation.ThrowIfInvalid();
        return new(columns);
    }

    /// <summary>The record as the line of NDJSON that it stands for; an empty cell is a member that is not there.</summary>
    public ReadOnlyMemory<byte> ToJson(ReadOnlySpan<byte> record)
    {
        var cells = Cells(record);
        if (cells.Length != _columns.Length)
        {
            throw new InvalidBodyException($"The record has {cells.Length} cells; the header has {_columns.Length}.");
        }

        var validation = new Validation();
        var json = new ArrayBufferWriter<byte>(record.Length + 256);
        using (var writer = new Utf8JsonWriter(json, Readable))
        {
            writer.WriteStartObject();
            foreach (var (column, cell) in _columns.Zip(cells).Where(member => member.Second.Length > 0))
            {
                switch (column)
                {
                    case "initialAmount" or "amount" when !MinorUnits.TryParse(cell, out _):
                        validation.Add(column, MinorUnits.Rule);
                        break;
                    case "metadata" or "firstMetadata" or "raw" or "adjustments" when !IsJson(cell):
                        validation.Add(column, "must be JSON");
                        break;
                    case "initialAmount" or "amount" or "metadata" or "firstMetadata" or "raw" or "adjustments":
                        writer.WritePropertyName(column);
                        writer.WriteRawValue(cell, skipInputValidation: true);
                        break;
                    default:
                        writer.WriteString(column, cell);
                        break;
                }
            }

            validation.ThrowIfInvalid();
            writer.WriteEndObject();
        }

        return json.WrittenMemory;
    }

    /// <summary>Writes records; what is written has left the writer when it is flushed.</summary>
    public static CsvWriter CreateWriter(TextWriter text)
    {
        var csv = new CsvWriter(text, Rfc4180);
        foreach (var column in Columns)
        {
            csv.WriteField(column);
        }

        csv.NextRecord();
        return csv;
    }

    public static void Write(CsvWriter csv, ExportedPayment payment, JsonSerializerOptions json)
    {
        csv.WriteField(payment.Id);
        csv.WriteField(payment.Reference);
        csv.WriteField(payment.ConnectorId);
        csv.WriteField(payment.Provider);
        csv.WriteField(payment.CreatedAt);
        csv.WriteField(payment.Type);
        csv.WriteField(payment.Status);
        csv.WriteField(payment.Scheme);
        csv.WriteField(payment.Asset);
        csv.WriteField(payment.InitialAmount);
        csv.WriteField(payment.Amount);
        csv.WriteField(payment.SourceAccountId);
        csv.WriteField(payment.DestinationAccountId);
        csv.WriteField(JsonSerializer.Serialize(payment.Metadata, json));
        csv.WriteField(payment.FirstMetadata is null ? "" : JsonSerializer.Serialize(payment.FirstMetadata, json));
        csv.WriteField(payment.Raw);
        csv.WriteField(JsonSerializer.Serialize(payment.Adjustments, json));
        csv.NextRecord();
    }

    private static string[] Cells(ReadOnlySpan<byte> record)
    {
        if (!Utf8.IsValid(record))
        {
            throw new InvalidBodyException("The record is not UTF-8.");
        }

        using var parser = new CsvParser(new StringReader(Encoding.UTF8.GetString(record)), Rfc4180);
        return parser.Read() && parser.Record is { } cells && !parser.Read()
            ? cells
            : throw new InvalidBodyException("The record is blank.");
    }

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
