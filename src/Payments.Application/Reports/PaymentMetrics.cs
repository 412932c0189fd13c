using System.Diagnostics.Metrics;
using Payments.Application.Events;
using Payments.Application.Payments;

namespace Payments.Application.Reports;

internal sealed class PaymentMetrics<TReport> : IPipelineBehavior<TReport, RecordedPayment> where TReport : IPaymentReport
{
    public async Task<RecordedPayment> Handle(TReport request, CancellationToken cancellationToken, RequestHandlerDelegate<RecordedPayment> next)
    {
        try
        {
            var recorded = await next();
            PaymentReports.Count(recorded.Payment.ConnectorId, recorded.Outcome.ToString().ToLowerInvariant());
            return recorded;
        }
        catch (ConflictException) when (CurrentActor.Value.Kind != ActorKind.ProviderWebhook) // the inbox counts its own, and tries them again
        {
            PaymentReports.Count(request.Connector, "conflict");
            throw;
        }
    }
}

internal static class PaymentReports
{
    private static readonly Counter<long> Reports = new Meter("Payments").CreateCounter<long>(
        "payments.reports", "{report}", "Reports of payments by outcome. Invalid reports are not counted.");

    // Every provider is a separate time series, and operators can name any number of them.
    public static void Count(ConnectorId? connector, string outcome) =>
        Reports.Add(1, new("provider", connector is { Provider: { IsContractProvider: true } provider } ? provider.Id : "other"), new("outcome", outcome));
}
