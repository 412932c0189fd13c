using System.Text;
using System.Text.Json;
using Payments.Api.Json;

namespace Payments.Api.Tests;

public sealed class JsonBufferTests
{
    [Test]
    public void Append_MoreThanAChunk_KeepsEachText()
    {
        // Many strings, because the writer asks for memory before each. The first text is larger than a chunk, and others end on either side of one.
        string[][] values = [.. ((int[])[5000, 1, 900, 700, 0, 3000, 20, 1300, 1300, 1]).Select((count, i) => Enumerable.Range(0, count).Select(n => $"ü{i}.{n:d40}").ToArray())];
        using var buffer = new JsonBuffer(JsonSerializerOptions.Web);
        var places = values.Select(buffer.Append).ToList();
        Assert.That(places.Select(place => JsonSerializer.Deserialize<string[]>(buffer[place].Utf8.Span)), Is.EqualTo(values));
    }

    [Test]
    public void Serialize_Text_WritesItUnchanged()
    {
        var text = new JsonText(Encoding.UTF8.GetBytes("""{"n": 1.0,"u":"ü\u00fc"}"""));
        Assert.That(JsonSerializer.Serialize((JsonText[])[text, text]), Is.EqualTo("""[{"n": 1.0,"u":"ü\u00fc"},{"n": 1.0,"u":"ü\u00fc"}]"""));
    }
}
