using Microsoft.Extensions.Hosting;
using Payments.Application.Connectors;
using Payments.Dashboard.Session;
using Payments.Dashboard.Shell;

namespace Payments.Dashboard.Payments;

/// <summary>Records sample payments, in Development only.</summary>
[Route("dashboard/payments/samples")]
public sealed class SamplesController(IMediator mediator, IHostEnvironment environment, TimeProvider clock) : DashboardController
{
    /// <summary>Installs the connectors of the samples and records the payments. What is recorded already does not change.</summary>
    [HttpPost, Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Record(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment())
        {
            return NotFound();
        }

        foreach (var (i, connector) in SamplePayments.Connectors.Index())
        {
            await mediator.Send(new InstallConnectorCommand(connector.Provider, connector.Name, $"{SamplePayments.ConnectorId(i)}"), cancellationToken);
        }

        foreach (var command in SamplePayments.Until(clock.GetUtcNow()))
        {
            await mediator.Send(command, cancellationToken);
        }

        return this.SeeOther(PaymentListQuery.Path);
    }
}
