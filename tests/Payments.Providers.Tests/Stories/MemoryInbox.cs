using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Payments.Application;

namespace Payments.Providers.Tests.Stories;

/// <summary>Applies the events of one connector as the inbox does: each key once, and whatever waits or conflicts again after every change of a payment.</summary>
internal sealed class MemoryInbox : IPaymentRepository, IConnectorRepository
{
    private readonly Dictionary<PaymentId, Payment> _payments = [];
    private readonly List<Entry> _entries = [];
    private readonly HashSet<string> _keys = [];
    private readonly IMediator _mediator;
    private readonly IProviderWebhooks? _webhooks;
    private readonly ProviderSettings? _settings;

    public MemoryInbox(ConnectorId connector, IProviderWebhooks? webhooks = null, ProviderSettings? settings = null)
    {
        (Connector, _webhooks, _settings) = (connector, webhooks, settings);
        _mediator = new ServiceCollection()
            .AddApplication()
            .AddSingleton<IPaymentRepository>(this)
            .AddSingleton<IConnectorRepository>(this)
            .AddSingleton<TimeProvider>(new FakeTimeProvider(Sample.Now.AddYears(1)))
            .BuildServiceProvider()
            .GetRequiredService<IMediator>();
    }

    public ConnectorId Connector { get; }

    public int MaxConcurrentWrites => 1;

    /// <summary>The state of each payment, without its list of adjustments: it can contain repetitions, which count for nothing.</summary>
    public IEnumerable<string> Payments =>
        from payment in _payments.Values
        orderby payment.Reference.Text
        select $"{payment.Reference} {WireName<PaymentType>.Of(payment.Type)} {WireName<PaymentStatus>.Of(payment.Status)} {payment.InitialAmount} {payment.Amount} "
            + $"{payment.Details.Asset} {WireName<PaymentScheme>.Of(payment.Details.Scheme)} @{(payment.CreatedAt.Utc - Sample.Now.UtcDateTime).TotalSeconds} "
            + string.Join(' ', payment.Metadata.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}={entry.Value}"));

    /// <summary>What is neither applied nor ignored.</summary>
    public IEnumerable<string> Open => _entries.Where(entry => entry.State is "waiting" or "failed").Select(entry => $"{entry.Name}: {entry.State} {entry.Reason}");

    public async Task DeliverAsync(ProviderRequest request)
    {
        foreach (var received in _webhooks!.Receive(request, _settings!, Sample.Now))
        {
            if (_keys.Add(received.Key))
            {
                await AddAsync(received.Key, _webhooks.Map(received.Body, _settings!, Connector));
            }
        }
    }

    public async Task AddAsync(string name, ProviderOutcome outcome)
    {
        if (outcome is ProviderFailed failed)
        {
            _entries.Add(new(name, null) { State = "failed", Reason = failed.Reason });
        }
        else if (outcome is ProviderCommands commands)
        {
            _entries.AddRange(commands.Commands.Select(command => new Entry(name, command)));
        }

        while (await ApplyAsync())
        {
        }
    }

    private async Task<bool> ApplyAsync()
    {
        var isChanged = false;
        foreach (var entry in _entries.Where(entry => entry.Command is not null && entry.State != "applied").ToList())
        {
            isChanged |= await ApplyAsync(entry, entry.Command!);
        }

        return isChanged;
    }

    private async Task<bool> ApplyAsync(Entry entry, ProviderCommand command)
    {
        var payment = command.Payment.Select(Find).FirstOrDefault(found => found is not null);
        if (payment is null && command.Payment.Count > 0)
        {
            entry.State = "waiting";
            return false;
        }

        if (payment is not null && command.Asset is not null && command.Asset != payment.Details.Asset.Code)
        {
            (entry.State, entry.Reason) = ("failed", "asset");
            return false;
        }

        try
        {
            var recorded = await _mediator.Send(payment is null ? command.Command : command.For(payment.Id));
            entry.State = "applied";
            return recorded.Outcome != RecordOutcome.Replayed;
        }
        catch (ConflictException e)
        {
            var isIgnored = e.Errors.All(error => error.Field == "createdAt") || (command.IgnoreOtherAmount is not null && e.Errors.All(error => error.Field == "amount"));
            (entry.State, entry.Reason) = (isIgnored ? "ignored" : "failed", string.Join("; ", e.Errors));
            return false;
        }
        catch (ValidationException e)
        {
            (entry.State, entry.Reason) = ("failed", string.Join("; ", e.Errors));
            return false;
        }
    }

    private Payment? Find(PaymentLookup lookup)
    {
        var found = lookup switch
        {
            PaymentLookup.ByReference by => _payments.Values.Where(payment => payment.Type == by.Type && payment.Reference.Text == by.Reference),
            PaymentLookup.ByAdjustment by => _payments.Values.Where(payment => payment.Type == by.Type && payment.Adjustments.Any(adjustment => adjustment.Reference.Text == by.Reference)),
            PaymentLookup.ByMetadata by => _payments.Values.Where(payment => payment.Type == by.Type && payment.Metadata.Entries.GetValueOrDefault(by.Key) == by.Value),
            _ => throw new ArgumentException("An unknown lookup.", nameof(lookup)),
        };
        return found.ToList() is [var only] ? only : null;
    }

    Task<bool> IPaymentRepository.AddAsync(Payment payment, CancellationToken cancellationToken) => Task.FromResult(_payments.TryAdd(payment.Id, payment));

    public Task<bool> SaveAsync(Payment stored, Payment changed, CancellationToken cancellationToken)
    {
        _payments[changed.Id] = changed;
        return Task.FromResult(true);
    }

    public Task<Payment?> FindAsync(PaymentId id, CancellationToken cancellationToken) => Task.FromResult(_payments.GetValueOrDefault(id));

    public Task<bool> AddAsync(Connector connector, string? settings, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<RemoveOutcome> RemoveAsync(ConnectorId id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> ExistsAsync(ConnectorId id, CancellationToken cancellationToken) => Task.FromResult(id == Connector);

    public Task<Connector?> FindAsync(ConnectorId id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Connector>> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    private sealed record Entry(string Name, ProviderCommand? Command)
    {
        public string State { get; set; } = "received";
        public string Reason { get; set; } = "";
    }
}
