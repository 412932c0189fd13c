using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Payments.Api.Observability;

/// <summary>
/// Outside Development, a line of JSON for each event: what happened, its values as members, and the trace it belongs to. The framework's own
/// formatter writes the messages of exceptions, which may hold what was sent, and knows the trace only together with the path, which holds ids.
/// </summary>
internal sealed class JsonLog() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "payments";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // A line is made on the thread that logs it.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? writer;

    /// <summary>Writes the console's lines in this form, unless the configuration names another one.</summary>
    public static void Use(WebApplicationBuilder builder)
    {
        if (builder.Environment.IsDevelopment())
        {
            return;
        }

        builder.Logging.AddConsoleFormatter<JsonLog, ConsoleFormatterOptions>();
        builder.Services.Configure<ConsoleLoggerOptions>(console =>
        {
            console.FormatterName ??= FormatterName;
            // Payments do not wait for whoever reads the log; how many lines are left out is told on standard error.
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
    }

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        buffer ??= new ArrayBufferWriter<byte>(1024);
        writer ??= new Utf8JsonWriter(buffer, Options);
        writer.WriteStartObject();
        writer.WriteString("Timestamp"u8, DateTime.UtcNow);
        writer.WriteString("Level"u8, logEntry.LogLevel.ToString());
        writer.WriteString("Category"u8, logEntry.Category);
        writer.WriteString("Message"u8, logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (Activity.Current is { } activity)
        {
            writer.WriteString("TraceId"u8, activity.TraceId.ToHexString());
            writer.WriteString("SpanId"u8, activity.SpanId.ToHexString());
        }

        if (logEntry.State is IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            foreach (var (name, value) in values)
            {
                if (name != "{OriginalFormat}")
                {
                    Write(writer, name, value);
                }
            }
        }

        if (logEntry.Exception is { } exception)
        {
            writer.WriteString("Exception"u8, Describe(exception));
        }

        writer.WriteEndObject();
        writer.Flush();
        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
        writer.Reset();
        buffer.ResetWrittenCount();
    }

    /// <summary>What an exception is and where it came from, without its message: that may hold what was sent.</summary>
    public static string Describe(Exception exception) =>
        $"{exception.GetType()}\n{exception.StackTrace}{(exception.InnerException is { } inner ? $"\n ---> {Describe(inner)}" : "")}";

    private static void Write(Utf8JsonWriter writer, string name, object? value)
    {
        switch (value)
        {
            case int number:
                writer.WriteNumber(name, number);
                break;
            case long number:
                writer.WriteNumber(name, number);
                break;
            case double number:
                writer.WriteNumber(name, number);
                break;
            default:
                writer.WriteString(name, value?.ToString());
                break;
        }
    }
}
