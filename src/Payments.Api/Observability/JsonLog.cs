using System.Buffers;
using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Payments.Api.Observability;

/// <summary>
/// Outside Development, a line of JSON for each event: what happened, its values as members, and the trace it belongs to; never the message of
/// an exception, which may hold what was sent. Lines are written many at once: the framework's console writes each by itself, which is a tenth
/// of what a create costs.
/// </summary>
[ProviderAlias("Console")]
internal sealed class JsonLog : ILoggerProvider
{
    // Payments do not wait for whoever reads the log.
    private const int MaxQueuedBytes = 4 * 1024 * 1024;

    // A line that comes alone is written at once, and those that follow it together.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // A line is made on the thread that logs it.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? line;

    [ThreadStatic]
    private static Utf8JsonWriter? json;

    private readonly Stream _output;
    private readonly Thread _thread;
    private readonly object _lock = new();
    private readonly ManualResetEventSlim _stopping = new();
    private ArrayBufferWriter<byte> _waiting = new(64 * 1024);
    private ArrayBufferWriter<byte> _writing = new(64 * 1024);
    private long _leftOut;

    public JsonLog(Stream output)
    {
        _output = output;
        _thread = new Thread(Run) { IsBackground = true, Name = nameof(JsonLog) };
        _thread.Start();
    }

    /// <summary>Logs in this way, and in no other, unless it is Development.</summary>
    public static void Use(WebApplicationBuilder builder, Func<Stream> output)
    {
        if (!builder.Environment.IsDevelopment())
        {
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<ILoggerProvider>(_ => new JsonLog(output()));
        }
    }

    /// <summary>What an exception is and where it came from, without its message.</summary>
    public static string Describe(Exception exception) =>
        $"{exception.GetType()}\n{exception.StackTrace}{(exception.InnerException is { } inner ? $"\n ---> {Describe(inner)}" : "")}";

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <summary>Writes what waits, and takes no more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _stopping.Set();
            Monitor.Pulse(_lock);
        }

        _thread.Join();
    }

    private void Add<TState>(LogLevel level, string category, TState state, Exception? exception, Func<TState, Exception?, string> message)
    {
        line ??= new ArrayBufferWriter<byte>(1024);
        json ??= new Utf8JsonWriter(line, Options);
        line.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        json.WriteString("Timestamp"u8, DateTime.UtcNow);
        json.WriteString("Level"u8, level.ToString());
        json.WriteString("Category"u8, category);
        json.WriteString("Message"u8, message(state, exception));
        if (Activity.Current is { } activity)
        {
            json.WriteString("TraceId"u8, activity.TraceId.ToHexString());
            json.WriteString("SpanId"u8, activity.SpanId.ToHexString());
        }

        if (state is IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            foreach (var (name, value) in values)
            {
                if (name != "{OriginalFormat}")
                {
                    Write(json, name, value);
                }
            }
        }

        if (exception is not null)
        {
            json.WriteString("Exception"u8, Describe(exception));
        }

        json.WriteEndObject();
        json.Flush();
        line.Write("\n"u8);
        lock (_lock)
        {
            if (_waiting.WrittenCount + line.WrittenCount > MaxQueuedBytes)
            {
                _leftOut++;
                return;
            }

            _waiting.Write(line.WrittenSpan);
            Monitor.Pulse(_lock);
        }
    }

    private static void Write(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case int number:
                json.WriteNumber(name, number);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            case double number:
                json.WriteNumber(name, number);
                break;
            default:
                json.WriteString(name, value?.ToString());
                break;
        }
    }

    private void Run()
    {
        while (Take() is var (lines, leftOut))
        {
            try
            {
                _output.Write(lines.WrittenSpan);
                _output.Flush();
            }
            catch (Exception)
            {
                // Nobody reads it any more, or whatever else: a log never ends what it tells of.
            }

            lines.ResetWrittenCount();
            if (leftOut > 0)
            {
                Add(LogLevel.Warning, typeof(JsonLog).FullName!, leftOut, null, (count, _) => $"{count} lines are left out: the log is read too slowly.");
            }

            _stopping.Wait(Pause);
        }
    }

    // Null at the end.
    private (ArrayBufferWriter<byte> Lines, long LeftOut)? Take()
    {
        lock (_lock)
        {
            while (_waiting.WrittenCount == 0)
            {
                if (_stopping.IsSet)
                {
                    return null;
                }

                Monitor.Wait(_lock);
            }

            (_waiting, _writing) = (_writing, _waiting);
            var leftOut = _leftOut;
            _leftOut = 0;
            return (_writing, leftOut);
        }
    }

    private sealed class Logger(JsonLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add(logLevel, category, state, exception, formatter);
    }
}
