using System.CommandLine;
using Payments.Infrastructure.Sqlite;

namespace Payments.Api.CommandLine;

internal static class BackupCommands
{
    private const long Megabyte = 1_000_000;

    public static Command Backup(CommandHost host) => Create(
        host, "backup", "The new file.",
        "Copies the SQLite database to a new file and checks the copy. The service can keep running. The copy does not contain the signing key and the settings.",
        (file, services, stop) =>
        {
            var progress = new Progress("MB");
            var payments = services.GetRequiredService<DatabaseBackup>().Create(file, Megabytes(progress), stop);
            progress.Clear();
            return $"Backed up {Progress.Count(payments, "payment")} ({Progress.Count(new FileInfo(file).Length / Megabyte)} MB) to {file} in {progress.Elapsed}. The copy is checked.";
        });

    public static Command Restore(CommandHost host) => Create(
        host, "restore", "The backup.",
        "Replaces the SQLite database by a backup. Stop the service first. The replaced database stays in the same folder under another name.",
        (file, services, stop) =>
        {
            var progress = new Progress("MB");
            var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
            var (payments, kept) = services.GetRequiredService<DatabaseBackup>().Restore(file, now, Megabytes(progress), stop);
            progress.Clear();
            return $"Restored {Progress.Count(payments, "payment")} from {file} in {progress.Elapsed}. "
                + (kept is null ? "There was no database before." : $"The replaced database is now {kept}.") + " Start the service.";
        });

    private static Command Create(
        CommandHost host, string name, string fileDescription, string description, Func<string, IServiceProvider, CancellationToken, string> run)
    {
        var file = CommandHost.FileArgument(fileDescription);
        var command = new Command(name, description) { file };
        // On another thread, because signals are handled once the task is returned.
        command.SetAction((parsed, stop) => Task.Run(() => host.RunAsync(null, services =>
        {
            Console.Error.WriteLine(run(CommandHost.FullPath(parsed.GetRequiredValue(file)), services, stop));
            return Task.FromResult(0);
        }, stop)));
        return command;
    }

    private static Action<long, long> Megabytes(Progress progress) =>
        (done, all) => progress.Show(done / Megabyte, (double)done / all, "then the copy is checked");
}
