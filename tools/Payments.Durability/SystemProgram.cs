using System.ComponentModel;
using System.Diagnostics;

namespace Payments.Durability;

/// <summary>Runs system programs of Linux.</summary>
internal static class SystemProgram
{
    /// <exception cref="InvalidOperationException">The program failed.</exception>
    public static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program}: {errors.Trim()}");
        }
    }

    /// <exception cref="CannotRunHereException">The program is missing or failed.</exception>
    public static void RunOrSkip(string program, params string[] arguments)
    {
        try
        {
            Run(program, arguments);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            throw new CannotRunHereException(e.Message);
        }
    }
}
