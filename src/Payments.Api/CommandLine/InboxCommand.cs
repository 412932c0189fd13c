using System.CommandLine;
using Payments.Api.Hosting;
using Payments.Application.Inbox;

namespace Payments.Api.CommandLine;

internal static class InboxCommand
{
    public static Command Create(CommandHost host)
    {
        var since = new Option<string>("--since") { Description = "The time since which the events were received, such as 2026-05-01T00:00:00Z.", Required = true };
        var retry = new Command("retry", "Maps and applies all events again that are not applied, for example after an upgrade. The service can be running.") { since };
        retry.SetAction((parsed, stop) => host.RunAsync(app => app.PrepareSchema(mayCreate: false), services => RetryAsync(parsed.GetValue(since)!, services, stop), stop));
        return new Command("inbox", "Works on the events that providers reported.") { retry };
    }

    private static async Task<int> RetryAsync(string since, IServiceProvider services, CancellationToken stop)
    {
        var validation = new Validation();
        var time = validation.Required<Instant>("--since", since);
        validation.ThrowIfInvalid();

        var progress = new Progress("event");
        var count = 0L;
        var states = new Dictionary<InboxState, long>();
        await services.GetRequiredService<IMediator>().Send(
            new RetryInboxCommand(time, state =>
            {
                states[state] = states.GetValueOrDefault(state) + 1;
                progress.Show(++count, null, "");
            }),
            stop);
        progress.Clear();
        var results = string.Join(", ", states.OrderBy(state => state.Key).Select(state => $"{Progress.Count(state.Value)} {WireName<InboxState>.Of(state.Key)}"));
        Console.Error.WriteLine($"Mapped {Progress.Count(count, "event")} again in {progress.Elapsed}{(count == 0 ? "" : $": {results}")}.");
        return 0;
    }
}
