using System.CommandLine;
using Payments.Api.Events;
using Payments.Api.Hosting;
using Payments.Api.Keys;
using Payments.Application.Events;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Events.Verification;
using Payments.Infrastructure.Files;

namespace Payments.Api.CommandLine;

internal static class EventCommands
{
    private const int FoundDifference = 1;

    public static Command Verify(CommandHost host)
    {
        var checkpoint = new Option<string?>("--checkpoint") { Description = "A checkpoint that was kept. Without it, events that are missing at the end are not noticed." };
        var command = new Command("verify", "Checks that every event, and every payment, account and connector, is as it was recorded. The service can keep running.") { checkpoint };
        command.SetAction((parsed, stop) => Task.Run(() => host.RunAsync(
            app => app.PrepareSchema(mayCreate: false), services => VerifyAsync(parsed.GetValue(checkpoint), services, stop), stop)));
        return command;
    }

    public static Command Checkpoint(CommandHost host)
    {
        var output = new Option<string?>("--output") { Description = "The new file. The default is standard output." };
        var command = new Command("checkpoint", "Prints a signed checkpoint of the event record. Keep it outside the reach of the service and its operators.") { output };
        command.SetAction((parsed, stop) => host.RunAsync(app => app.PrepareSchema(mayCreate: false), async services =>
        {
            var checkpoint = await services.GetRequiredService<Checkpoints>().CreateAsync(stop);
            if (parsed.GetValue(output) is not { } path)
            {
                Console.WriteLine(checkpoint);
                return 0;
            }

            await using var file = new StreamWriter(PrivateFile.Create(CommandHost.FullPath(path)));
            await file.WriteLineAsync(checkpoint.AsMemory(), stop);
            return 0;
        }, stop));
        return command;
    }

    public static Command NewEpoch(CommandHost host)
    {
        var command = new Command(
            "new-epoch", "Begins a new epoch of the event record, so that readers of the feed notice a restore. Run it after each restore that the command restore did not do.");
        command.SetAction((_, stop) => host.RunAsync(app => app.PrepareSchema(mayCreate: false), async services =>
        {
            Console.Error.WriteLine($"The epoch of the event record is now {await services.GetRequiredService<EventEpoch>().BeginAsync(stop)}.");
            return 0;
        }, stop));
        return command;
    }

    private static async Task<int> VerifyAsync(string? file, IServiceProvider services, CancellationToken stop)
    {
        var (known, at) = file is null ? (null, null) : ReadCheckpoint(CommandHost.FullPath(file), services);
        var all = new Progress("event");
        Progress? progress = null;
        var unit = "";
        var (record, difference) = await services.GetRequiredService<EventVerification>().VerifyAsync(known, Show, stop);
        progress?.Clear();
        if (difference is not null)
        {
            var position = difference.Position is { } number ? $"at position {Progress.Count(number)}" : "in a row without an event";
            Console.Error.WriteLine($"DIFFERENCE {position}: {difference.Subject}, field {difference.Field}. {difference.Reason}");
            Console.Error.WriteLine("The verification stopped there. Copy the database before you change anything; docs/audit.md has the next steps.");
            return FoundDifference;
        }

        Console.Error.WriteLine(
            $"SOUND: {Progress.Count(record!.Position, "event")} and their rows are as they were recorded (store {record.Store}, epoch {record.Epoch}). Verified in {all.Elapsed}.");
        Console.Error.WriteLine(known is null
            ? "Without --checkpoint, events that are missing at the end are not noticed."
            : $"The record contains the checkpoint of {at}: position {Progress.Count(known.Position)}, epoch {known.Epoch}.");
        return 0;

        void Show(string name, long count, double? part)
        {
            if (name != unit)
            {
                progress?.Clear();
                (progress, unit) = (new Progress(name), name);
            }

            progress!.Show(count, part, "verified");
        }
    }

    private static (EventRecord Record, string At) ReadCheckpoint(string path, IServiceProvider services) => Checkpoints.Read(
        File.ReadAllText(path), EcdsaKeys.ReadAccepted(services.GetRequiredService<IOptions<CheckpointSettings>>().Value.CheckpointKeyFile));
}
