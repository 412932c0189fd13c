using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace Payments.Bench.Plain;

[ApiController]
[Route("api/payments/payments")]
public sealed class PlainPaymentsController(IPlainPayments payments) : ControllerBase
{
    [HttpPost]
    [Authorize("payments:write")]
    public async Task<ActionResult<PlainAnswer>> Create(PlainRequest request)
    {
        var (payment, replayed) = await payments.AddAsync(request);
        if (replayed)
        {
            Response.Headers["Idempotent-Replayed"] = "true";
        }

        return new PlainAnswer(payment);
    }

    [HttpGet("{id}")]
    [Authorize("payments:read")]
    public async Task<ActionResult<PlainAnswer>> Get(string id) =>
        await payments.FindAsync(id) is { } payment ? new PlainAnswer(payment) : NotFound();

    [HttpGet]
    [Authorize("payments:read")]
    public async Task<ActionResult<PlainPage>> List(int pageSize = 15) => new PlainPage(new(pageSize, true, await payments.ListAsync(pageSize)));
}
