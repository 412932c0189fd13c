using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Payments.Bench.Plain;

[ApiController]
[Route("api/payments/payments")]
public sealed class PlainPaymentsController(IPlainPayments payments) : ControllerBase
{
    [HttpPost]
    [Authorize("payments:write")]
    public async Task<ActionResult<PlainResponse>> Create(PlainRequest request)
    {
        var (payment, replayed) = await payments.AddAsync(request);
        if (replayed)
        {
            Response.Headers["Idempotent-Replayed"] = "true";
        }

        return new PlainResponse(payment);
    }

    [HttpGet("{id}")]
    [Authorize("payments:read")]
    public async Task<ActionResult<PlainResponse>> Get(string id) =>
        await payments.FindAsync(id) is { } payment ? new PlainResponse(payment) : NotFound();

    [HttpGet]
    [Authorize("payments:read")]
    public async Task<ActionResult<PlainPage>> List(int pageSize = 15, string? status = null, string? scheme = null) =>
        new PlainPage(new(pageSize, true, await payments.ListAsync(pageSize, status, scheme)));

    [HttpGet("export")]
    [Authorize("payments:read")]
    public async Task Export([FromServices] IOptions<JsonOptions> json)
    {
        Response.ContentType = "application/x-ndjson";
        await foreach (var payment in payments.ExportAsync())
        {
            Response.BodyWriter.Write(JsonSerializer.SerializeToUtf8Bytes(payment, json.Value.JsonSerializerOptions));
            Response.BodyWriter.Write("\n"u8);
            if (Response.BodyWriter.UnflushedBytes > 64 * 1024)
            {
                await Response.BodyWriter.FlushAsync();
            }
        }
    }
}
