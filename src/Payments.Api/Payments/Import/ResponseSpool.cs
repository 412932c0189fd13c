using Payments.Infrastructure.Files;

namespace Payments.Api.Payments.Import;

/// <summary>Holds the unread part of a response in a private temporary file, because some clients read nothing until they have sent everything.</summary>
internal sealed class ResponseSpool : IDisposable
{
    private const int ChunkBytes = 64 * 1024;

    private readonly FileStream _file;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _read;
    private long _written;

    public ResponseSpool()
    {
        var path = Path.Combine(Path.GetTempPath(), $"payments-import-{Guid.NewGuid():N}");
        _file = PrivateFile.Create(path, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
        {
            // A file without a name also disappears if the process is killed.
            File.Delete(path);
        }
    }

    public void Write(ReadOnlySpan<byte> lines)
    {
        lock (_gate)
        {
            RandomAccess.Write(_file.SafeFileHandle, lines, _written);
            _written += lines.Length;
        }

        _changed.Release();
    }

    public void Complete()
    {
        _completed.SetResult();
        _changed.Release();
    }

    /// <param name="idleTimeout">The longest time for one chunk. It begins when the response is complete, because until then the client need not read.</param>
    /// <exception cref="TimeoutException">The destination did not accept a chunk within the idle timeout.</exception>
    public async Task CopyToAsync(Stream destination, TimeSpan idleTimeout, CancellationToken cancellationToken)
    {
        var chunk = new byte[ChunkBytes];
        for (var isLast = false; !isLast;)
        {
            await _changed.WaitAsync(cancellationToken);
            isLast = _completed.Task.IsCompleted;
            while (Read(chunk) is > 0 and var length)
            {
                var writing = destination.WriteAsync(chunk.AsMemory(0, length), cancellationToken).AsTask();
                await Task.WhenAny(writing, _completed.Task);
                await writing.WaitAsync(idleTimeout, cancellationToken);
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
            if (_read == _written)
            {
                // The file stays short while the client keeps up.
                RandomAccess.SetLength(_file.SafeFileHandle, 0);
                _read = _written = 0;
                return 0;
            }

            var length = RandomAccess.Read(_file.SafeFileHandle, chunk, _read);
            _read += length;
            return length;
        }
    }
}
