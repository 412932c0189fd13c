using Microsoft.AspNetCore.Http;
using Payments.Dashboard.Lists;
using Payments.Domain;

namespace Payments.Dashboard.Tests;

public sealed class PageLinksTests
{
    private static readonly PagePosition Position = new(new Instant(Sample.Now), 42);

    [Test]
    public void Of_LaterPage_LinksToBothNeighborsAndKeepsOtherParameters()
    {
        var request = Request("?state=a%26b&after=x");

        var links = PageLinks.Of(new Page<int>([1], new(25, Position: Position), new(25, Position: Position, Backwards: true)), "/dashboard/webhooks/1", request.Query);

        Assert.That(links.Next, Is.EqualTo("/dashboard/webhooks/1?state=a%26b&after=2024-05-01T12%3A00%3A00Z_42"));
        Assert.That(links.Previous, Is.EqualTo("/dashboard/webhooks/1?state=a%26b&before=2024-05-01T12%3A00%3A00Z_42"));
        Assert.That(PageLinks.Read(Request(new Uri($"http://x{links.Previous}").Query)), Is.EqualTo(new PageRequest(25, Position: Position, Backwards: true)));
    }

    [Test]
    public void Of_OnlyPage_LinksNowhere() =>
        Assert.That(PageLinks.Of(new Page<int>([], null, null), "/", Request("").Query), Is.EqualTo(new PageLinks(null, null)));

    [TestCase("?after=")]
    [TestCase("?after=2024-05-01T12:00:00Z")]
    [TestCase("?after=2024-05-01T12:00:00Z_-1")]
    [TestCase("?after=a_1&after=b_2")]
    [TestCase("?after=2024-05-01T12:00:00Z_1&before=2024-05-01T12:00:00Z_1")]
    public void Read_NoPosition_ThrowsNamingTheParameter(string query) => Assert.That(
        () => PageLinks.Read(Request(query)), Throws.TypeOf<ValidationException>().With.Property("Errors").One.Property("Field").EqualTo("after"));

    private static HttpRequest Request(string query) => new DefaultHttpContext { Request = { QueryString = new(query) } }.Request;
}
