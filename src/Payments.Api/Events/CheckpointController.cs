using Payments.Api.Authentication;
using Payments.Api.Json;

namespace Payments.Api.Events;

/// <summary>Checkpoints of the event record.</summary>
[Route("api/payments/events/checkpoint"), Tags("Events")]
public sealed class CheckpointController(Checkpoints checkpoints) : ControllerBase
{
    /// <summary>Returns a signed checkpoint of the event record. Keep it outside the reach of the service and its operators.</summary>
    /// <remarks>
    /// The response is a JWS (RFC 7515) in its compact form, signed with ES256. Its payload is a JSON object with the `store` (the id of the
    /// database), the `epoch`, the `position` and the `hash` of the last event in lower-case hexadecimal digits, and the time `at`. The hash depends on all events up
    /// to the position. Later, the command `verify --checkpoint` proves that the record still begins with these events.
    /// </remarks>
    /// <response code="200">The checkpoint.</response>
    [HttpGet, Authorize(Scope.Read), Produces(MediaTypes.Jose), ProducesResponseType<FileResult>(StatusCodes.Status200OK)]
    public async Task<IActionResult> GetCheckpoint(CancellationToken cancellationToken) =>
        File(Encoding.ASCII.GetBytes(await checkpoints.CreateAsync(cancellationToken)), MediaTypes.Jose);
}
