using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Payments.Durability;

/// <summary>An ext4 disk in a file, for the database alone, so it can be filled and can lose its power.</summary>
internal sealed class Volume : IDisposable
{
    private readonly string _image;
    private readonly string _ballast;

    /// <exception cref="CannotRunHereException">Not Linux, not root, or no loop devices.</exception>
    public Volume(string folder, int megabytes)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            throw new CannotRunHereException("mounting a disk needs Linux and root");
        }

        _image = System.IO.Path.Combine(folder, "disk.img");
        Path = Directory.CreateDirectory(System.IO.Path.Combine(folder, "disk")).FullName;
        _ballast = System.IO.Path.Combine(Path, "ballast");
        using (var image = File.Create(_image))
        {
            image.SetLength(megabytes * 1024L * 1024);
        }

        SystemProgram.RunOrSkip("mkfs.ext4", "-q", "-m", "0", _image);
        SystemProgram.RunOrSkip("mount", "-o", "loop", _image, Path);
    }

    /// <summary>The mount point.</summary>
    public string Path { get; }

    /// <param name="free">The number of bytes to leave free.</param>
    public void Fill(long free)
    {
        try
        {
            SystemProgram.Run("fallocate", "-l", $"{new DriveInfo(Path).AvailableFreeSpace - free}", _ballast);
        }
        catch (InvalidOperationException)
        {
            // The service took the space first, so the disk is full.
        }
    }

    public void Free() => File.Delete(_ballast);

    /// <summary>Nothing reaches the disk from now on, neither data nor the journal of the file system.</summary>
    public void PowerOff()
    {
        using var file = File.OpenHandle(System.IO.Path.Combine(Path, "payments.db"));
        var flags = NoLogFlush;
        if (Control(file, Shutdown, ref flags) != 0)
        {
            throw new CannotRunHereException($"the file system cannot be shut down: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Mounts the disk again, as after a power loss. No file on it may be open.</summary>
    public void Remount()
    {
        SystemProgram.Run("umount", Path);
        SystemProgram.Run("mount", "-o", "loop", _image, Path);
    }

    public void Dispose() => SystemProgram.Run("umount", Path);

    // FS_IOC_SHUTDOWN with FS_SHUTDOWN_FLAGS_NOLOGFLUSH, made for testing file systems: linux/fs/ext4/ext4.h.
    private const nuint Shutdown = 0x8004587D;
    private const uint NoLogFlush = 2;

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int Control(SafeFileHandle file, nuint request, ref uint flags);
}
