using System.CommandLine;
using Payments.Api.Hosting;
using Payments.Application.Totals;

namespace Payments.Api.CommandLine;

internal static class TotalsCommand
{
    public static Command Rebuild(CommandHost host)
    {
        var command = new Command("rebuild-totals", "Computes the totals of the overview again from all events. The service can keep running.");
        command.SetAction((_, stop) => host.RunAsync(app => app.PrepareSchema(mayCreate: false), async services =>
        {
            var progress = new Progress("event");
            var count = await services.GetRequiredService<IMediator>().Send(
                new RebuildTotalsCommand((position, last) => progress.Show(position, (double)position / last, "counted")), stop);
            progress.Clear();
            Console.Error.WriteLine($"Counted {Progress.Count(count, "event")} in {progress.Elapsed}.");
            return 0;
        }, stop));
        return command;
    }
}
