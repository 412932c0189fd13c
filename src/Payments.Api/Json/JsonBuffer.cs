using System.Buffers;

namespace Payments.Api.Json;

/// <summary>JSON texts in pooled memory, so that a page of a list leaves nothing for the garbage collector.</summary>
/// <remarks>Dispose it only if nothing can still write to it. A read of SQL Server that timed out can: its buffer is left to the collector.</remarks>
internal sealed class JsonBuffer : IBufferWriter<byte>, IDisposable
{
    private readonly JsonSerializerOptions _options;
    private readonly Utf8JsonWriter _writer;
    private byte[] _bytes;
    private int _length;

    public JsonBuffer(JsonSerializerOptions options, int capacity)
    {
        _options = options;
        _bytes = ArrayPool<byte>.Shared.Rent(capacity);
        _writer = new Utf8JsonWriter(this, new JsonWriterOptions { Encoder = options.Encoder, SkipValidation = true });
    }

    public JsonText this[Range text] => new(_bytes.AsMemory(text));

    /// <summary>Appends the JSON of a value and returns its place.</summary>
    public Range Append<T>(T value)
    {
        var start = _length;
        JsonSerializer.Serialize(_writer, value, _options);
        _writer.Flush();
        _writer.Reset();
        return start.._length;
    }

    void IBufferWriter<byte>.Advance(int count) => _length += count;

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => Free(sizeHint).AsMemory(_length);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => Free(sizeHint).AsSpan(_length);

    public void Dispose()
    {
        _writer.Dispose();
        ArrayPool<byte>.Shared.Return(_bytes);
    }

    private byte[] Free(int sizeHint)
    {
        var needed = _length + Math.Max(sizeHint, 1);
        if (needed > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * _bytes.Length));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes;
    }
}

/// <summary>A JSON text that is written as it is.</summary>
[JsonConverter(typeof(Converter))]
internal readonly record struct JsonText(ReadOnlyMemory<byte> Utf8)
{
    private sealed class Converter : JsonConverter<JsonText>
    {
        public override JsonText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, JsonText value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
    }
}
