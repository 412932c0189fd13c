using System.Text;
using System.Text.Json;
using Payments.Api.Json;

namespace Payments.Api.Tests;

public sealed class JsonBufferTests
{
    [Test]
    public void Append_MoreThanAChunk_KeepsEachText()
    {
        string[] values = [.. Enumerable.Range(0, 100).Select(i => new string('ü', 1000 * i))];
        using var buffer = new JsonBuffer(JsonSerializerOptions.Web);
        var places = values.Select(buffer.Append).ToList();
        Assert.That(places.Select(place => JsonSerializer.Deserialize<string>(buffer[place].Utf8.Span)), Is.EqualTo(values));
    }

    [Test]
    public void Serialize_Text_WritesItUnchanged()
    {
        var text = new JsonText(Encoding.UTF8.GetBytes("""{"n": 1.0,"u":"ü\u00fc"}"""));
        Assert.That(JsonSerializer.Serialize((JsonText[])[text, text]), Is.EqualTo("""[{"n": 1.0,"u":"ü\u00fc"},{"n": 1.0,"u":"ü\u00fc"}]"""));
    }
}
