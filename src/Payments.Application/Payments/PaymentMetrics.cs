using System.Diagnostics.Metrics;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>Counts what becomes of reports of payments, whichever way they come: creates, adjustments and imported lines.</summary>
internal static class PaymentMetrics
{
    private static readonly Counter<long> Reports = new Meter("Payments").CreateCounter<long>(
        "payments.reports", "{report}", "Reports of payments by what became of them. What breaks a rule is not among them.");

    /// <summary>Counts a payment that was not there before.</summary>
    public static void CountCreated(PaymentId id) => Count(id, "created");

    /// <summary>Counts what becomes of a report of a payment that was there before.</summary>
    public static async Task<RecordedPayment> CountChangeAsync(PaymentId id, Task<RecordedPayment> change)
    {
        try
        {
            var changed = await change;
            Count(id, changed.Replayed ? "replayed" : "moved_on");
            return changed;
        }
        catch (ConflictException)
        {
            Count(id, "conflict");
            throw;
        }
    }

    // A name that is not the contract's may be anything that a client has installed a connector under, and each would be a series of its own.
    private static void Count(PaymentId id, string outcome) =>
        Reports.Add(1, new("provider", id.ConnectorId.Provider.IsContractProvider ? id.ConnectorId.Provider.Id : "other"), new("outcome", outcome));
}
