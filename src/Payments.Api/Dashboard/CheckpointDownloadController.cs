using System.Globalization;
using Payments.Api.Events;
using Payments.Api.Json;
using Payments.Dashboard.Shell;

namespace Payments.Api.Dashboard;

/// <summary>The signed checkpoint as a file, for the page of events.</summary>
[Route("dashboard/checkpoint")]
public sealed class CheckpointDownloadController(Checkpoints checkpoints, TimeProvider clock) : DashboardController
{
    /// <summary>Signs the present state of the record.</summary>
    [HttpGet]
    public async Task<IActionResult> Download(CancellationToken cancellationToken) => File(
        Encoding.ASCII.GetBytes(await checkpoints.CreateAsync(cancellationToken)),
        MediaTypes.Jose,
        string.Create(CultureInfo.InvariantCulture, $"checkpoint-{clock.GetUtcNow():yyyy-MM-dd}.jws"));
}
