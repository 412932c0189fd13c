using System.IO.Pipelines;
using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Payments.Client.Tests;

[TestFixture]
public sealed class BufferedResponseHandlerTests
{
    [Test]
    public async Task SendAsync_ConnectionLostDuringResponse_FailsAttempt()
    {
        using var service = new StubService();
        service.Respond = number => number == 1 ? Broken() : StubService.Json(HttpStatusCode.OK, Example.Response());
        await using var provider = service.Connect(new SkippingTimeProvider());

        await provider.GetRequiredService<IPaymentsClient>().CreatePaymentAsync(Example.Request());

        Assert.That(service.Requests, Has.Count.EqualTo(2));
    }

    private static HttpResponseMessage Broken()
    {
        var pipe = new Pipe();
        pipe.Writer.Complete(new IOException("The connection was reset."));
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(pipe.Reader.AsStream()) };
    }
}
