using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Payments.Durability.Tests;

/// <summary>A disk of its own for the database: ext4 in a file, so it can be filled, and lose its power.</summary>
internal sealed class Volume : IDisposable
{
    private readonly string _image;
    private readonly string _ballast;

    /// <exception cref="NotPossibleHereException">Not Linux, not root, or no loop devices.</exception>
    public Volume(string folder, int megabytes)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            throw new NotPossibleHereException("mounting a disk needs Linux and root");
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

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>Fills it up.</summary>
    /// <param name="leave">How many bytes stay free.</param>
    public void Fill(long leave)
    {
        try
        {
            SystemProgram.Run("fallocate", "-l", $"{new DriveInfo(Path).AvailableFreeSpace - leave}", _ballast);
        }
        catch (InvalidOperationException)
        {
            // Others were faster, so it is full; what could be had is taken.
        }
    }

    /// <summary>Gives the space back.</summary>
    public void Free() => File.Delete(_ballast);

    /// <summary>From now on nothing reaches the disk, neither data nor the file system's journal.</summary>
    public void PowerOff()
    {
        using var file = File.OpenHandle(System.IO.Path.Combine(Path, "payments.db"));
        var flags = NoLogFlush;
        if (Control(file, Shutdown, ref flags) != 0)
        {
            throw new NotPossibleHereException($"the file system cannot be shut down: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Reads the disk anew, as after a power loss; nobody may have a file of it open.</summary>
    public void Remount()
    {
        SystemProgram.Run("umount", Path);
        SystemProgram.Run("mount", "-o", "loop", _image, Path);
    }

    public void Dispose() => SystemProgram.Run("umount", Path);

    // FS_IOC_SHUTDOWN with FS_SHUTDOWN_FLAGS_NOLOGFLUSH, by which file systems are tested: linux/fs/ext4/ext4.h.
    private const nuint Shutdown = 0x8004587D;
    private const uint NoLogFlush = 2;

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int Control(SafeFileHandle file, nuint request, ref uint flags);
}
