using Payments.Domain.Payments;

namespace Payments.Application.Tests.Payments;

/// <summary>A repository with at most one payment.</summary>
internal sealed class InMemoryPayments : IPaymentRepository
{
    public Payment? Stored { get; set; }

    /// <summary>The version of the payment after each write.</summary>
    public List<string> Writes { get; } = [];

    /// <summary>Runs before a change is saved, for example to save another change first.</summary>
    public Action<Payment> BeforeSave { get; set; } = _ => { };

    public int MaxConcurrentWrites => 1;

    public Task<bool> AddAsync(Payment payment, CancellationToken cancellationToken) => Task.FromResult(Stored is null && Write(payment));

    public Task<bool> SaveAsync(Payment stored, Payment changed, CancellationToken cancellationToken)
    {
        BeforeSave(changed);
        return Task.FromResult(Stored!.Revision == stored.Revision && Write(changed));
    }

    public Task<Payment?> FindAsync(PaymentId id, CancellationToken cancellationToken) => Task.FromResult(Stored);

    private bool Write(Payment payment)
    {
        Stored = payment;
        Writes.Add(payment.Version);
        return true;
    }
}
