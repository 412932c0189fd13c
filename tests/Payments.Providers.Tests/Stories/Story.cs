namespace Payments.Providers.Tests.Stories;

/// <summary>Events of one or more payments, and the payments that a finance person expects in the end.</summary>
public sealed record Story(string Name, IReadOnlyList<string> Events, params string[] Expected)
{
    private const int Orders = 200;

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Plays the events in every order, or in 200 random ones, with some delivered twice.</summary>
    internal async Task PlayAsync(Func<MemoryInbox> start, Func<string, ProviderRequest> deliver)
    {
        var random = new Random(Name.Length);
        var orders = Events.Count <= 5 ? Permutations([.. Events]) : Enumerable.Range(0, Orders).Select(_ => Shuffled(random));
        var played = 0;
        foreach (var order in orders)
        {
            var deliveries = order.ToList();
            foreach (var repeated in order.Where(_ => random.Next(2) == 0))
            {
                deliveries.Insert(random.Next(deliveries.Count + 1), repeated);
            }

            var inbox = start();
            foreach (var delivery in deliveries)
            {
                await inbox.DeliverAsync(deliver(delivery));
            }

            played++;
            Assert.Multiple(() =>
            {
                Assert.That(inbox.Payments.Select(payment => payment.Trim()), Is.EqualTo(Expected), () => string.Join('\n', deliveries));
                Assert.That(inbox.Open, Is.Empty, () => string.Join('\n', deliveries));
            });
        }

        Assert.That(played, Is.EqualTo(Events.Count <= 5 ? Enumerable.Range(1, Events.Count).Aggregate((a, b) => a * b) : Orders));
    }

    private string[] Shuffled(Random random)
    {
        string[] events = [.. Events];
        random.Shuffle(events);
        return events;
    }

    private static IEnumerable<string[]> Permutations(string[] events) => events.Length <= 1
        ? [events]
        : events.SelectMany((first, i) => Permutations([.. events[..i], .. events[(i + 1)..]]).Select(rest => (string[])[first, .. rest]));
}

/// <summary>A report and events about the same payment, and the payment that a finance person expects in the end.</summary>
public sealed record ReportStory(string Format, IReadOnlyList<string> Report, IReadOnlyList<string> Events, string Expected)
{
    /// <inheritdoc/>
    public override string ToString() => Format;
}
