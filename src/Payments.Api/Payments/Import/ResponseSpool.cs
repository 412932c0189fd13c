using Payments.Infrastructure.Files;

namespace Payments.Api.Payments.Import;

/// <summary>
/// Holds answers that their reader has not taken yet in a file, which is its process's alone and gone with it. So a client that reads
/// nothing until it has sent all does not stop the import, and one that reads along sees its answers at once.
/// </summary>
internal sealed class ResponseSpool : IDisposable
{
    private const int ChunkBytes = 64 * 1024;

    private readonly FileStream _file;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _changed = new(0);
    private long _read;
    private long _adjustments;
    private volatile bool _isComplete;

    public ResponseSpool()
    {
        var path = Path.Combine(Path.GetTempPath(), $"payments-import-{Guid.NewGuid():N}");
        _file = PrivateFile.Create(path, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
        {
            // Without a name from the beginning, and so gone too where the process is killed.
            File.Delete(path);
        }
    }

    public void Write(ReadOnlySpan<byte> answers)
    {
        lock (_gate)
        {
            RandomAccess.Write(_file.SafeFileHandle, answers, _adjustments);
            _adjustments += answers.Length;
        }

        _changed.Release();
    }

    /// <summary>Says that nothing more will be written.</summary>
    public void Complete()
    {
        _isComplete = true;
        _changed.Release();
    }

    /// <summary>Copies what is written, as it is written, until all of it is.</summary>
    /// <param name="destination">Where it goes, at its own pace.</param>
    /// <param name="copied">Is told of each piece that the destination has taken.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    public async Task CopyToAsync(Stream destination, Action copied, CancellationToken cancellationToken)
    {
        var chunk = new byte[ChunkBytes];
        for (var isLast = false; !isLast;)
        {
            await _changed.WaitAsync(cancellationToken);
            isLast = _isComplete;
            while (Read(chunk) is > 0 and var length)
            {
                await destination.WriteAsync(chunk.AsMemory(0, length), cancellationToken);
                copied();
            }
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _changed.Dispose();
    }

    private int Read(byte[] chunk)
    {
        lock (_gate)
        {
            if (_read == _adjustments)
            {
                // A reader that keeps up keeps the file short.
                RandomAccess.SetLength(_file.SafeFileHandle, 0);
                _read = _adjustments = 0;
                return 0;
            }

            var length = RandomAccess.Read(_file.SafeFileHandle, chunk, _read);
            _read += length;
            return length;
        }
    }
}
