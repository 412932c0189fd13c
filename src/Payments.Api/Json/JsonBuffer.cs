using System.Buffers;

namespace Payments.Api.Json;

/// <summary>JSON texts in pooled memory, so that a page of a list leaves nothing for the garbage collector. The memory is several chunks,
/// because the pool would keep single arrays of megabytes. Each text is in one chunk, which is larger only if the text needs it.</summary>
/// <remarks>Dispose it only if nothing can still write to it. A read of SQL Server that timed out can: its buffer is left to the collector.</remarks>
internal sealed class JsonBuffer : IBufferWriter<byte>, IDisposable
{
    private const int ChunkBytes = 64 * 1024;

    private readonly JsonSerializerOptions _options;
    private readonly Utf8JsonWriter _writer;
    private readonly List<byte[]> _full = [];
    private readonly List<ReadOnlyMemory<byte>> _texts = [];
    private byte[] _chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
    private int _start; // of the text that is being written
    private int _end;

    public JsonBuffer(JsonSerializerOptions options)
    {
        _options = options;
        _writer = new Utf8JsonWriter(this, new JsonWriterOptions { Encoder = options.Encoder, SkipValidation = true });
    }

    public JsonText this[Range place] => new(_texts[place.Start.Value]);

    /// <summary>Appends the JSON of a value and returns its place: its number, as a range of one.</summary>
    public Range Append<T>(T value)
    {
        _start = _end;
        JsonSerializer.Serialize(_writer, value, _options);
        _writer.Flush();
        _writer.Reset();
        _texts.Add(_chunk.AsMemory(_start.._end));
        return (_texts.Count - 1).._texts.Count;
    }

    void IBufferWriter<byte>.Advance(int count) => _end += count;

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => Free(sizeHint).AsMemory(_end);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => Free(sizeHint).AsSpan(_end);

    public void Dispose()
    {
        _writer.Dispose();
        _full.ForEach(chunk => ArrayPool<byte>.Shared.Return(chunk));
        ArrayPool<byte>.Shared.Return(_chunk);
    }

    // A text that does not fit moves to the next chunk, so that each text is in one piece.
    private byte[] Free(int sizeHint)
    {
        var free = Math.Max(sizeHint, 1);
        if (_end + free > _chunk.Length)
        {
            var written = _chunk.AsSpan(_start.._end);
            var needed = written.Length + free;
            var next = ArrayPool<byte>.Shared.Rent(needed <= ChunkBytes ? ChunkBytes : 2 * needed);
            written.CopyTo(next);
            if (_start == 0)
            {
                ArrayPool<byte>.Shared.Return(_chunk);
            }
            else
            {
                _full.Add(_chunk);
            }

            (_chunk, _start, _end) = (next, 0, written.Length);
        }

        return _chunk;
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
