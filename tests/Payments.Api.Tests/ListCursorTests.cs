using System.Buffers.Text;
using System.Text;
using Payments.Api.Lists;
using Payments.Domain;

namespace Payments.Api.Tests;

public sealed class ListCursorTests
{
    private const string Page = """{"l":"payments","n":15,"t":"1970-01-01T00:00:00Z","s":42}""";

    [Test]
    public void Write_Page_IsBase64UrlOfSmallJson() => Assert.That(
        Encoding.UTF8.GetString(Base64Url.DecodeFromChars(ListCursor.Write("payments", new(15, Position: new(new(DateTimeOffset.UnixEpoch), 42))))),
        Is.EqualTo(Page));

    [Test]
    public void Read_WrittenPage_ReturnsSamePageAndFilter(
        [Values] bool ascending, [Values] bool backwards, [Values("", """{"$in":{"metadata[ü]":["😀"]}}""")] string filter)
    {
        var page = new PageRequest(1000, ascending, new(new(DateTimeOffset.MaxValue), long.MaxValue), backwards);
        Assert.That(ListCursor.Read("payments", ListCursor.Write("payments", page, filter)), Is.EqualTo((page, filter)));
    }

    [TestCase("payments", Page, ExpectedResult = true)]
    [TestCase("accounts", Page, ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":0,"t":"1970-01-01T00:00:00Z","s":42}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":1001,"t":"1970-01-01T00:00:00Z","s":42}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":"15","t":"1970-01-01T00:00:00Z","s":42}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":15,"t":"10000-01-01T00:00:00Z","s":42}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":15,"t":"1970-01-01","s":42}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":15,"t":null,"s":42}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":15,"t":"1970-01-01T00:00:00Z","s":0}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":15,"t":"1970-01-01T00:00:00Z","s":9223372036854775808}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":15,"t":"1970-01-01T00:00:00Z","s":42,"a":1}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":15,"t":"1970-01-01T00:00:00Z","s":42,"f":"{}"}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":15,"t":"1970-01-01T00:00:00Z","s":42,"x":1}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":15,"n":15,"t":"1970-01-01T00:00:00Z","s":42}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"payments","n":15,"t":"1970-01-01T00:00:00Z"}""", ExpectedResult = false)]
    [TestCase("payments", """{"l":"\ud800","n":15,"t":"1970-01-01T00:00:00Z","s":42}""", ExpectedResult = false)]
    [TestCase("payments", "null", ExpectedResult = false)]
    [TestCase("payments", "[]", ExpectedResult = false)]
    [TestCase("payments", "", ExpectedResult = false)]
    public bool Read_Json_ReturnsPageIfEveryValueIsValid(string list, string json) => IsRead(list, Encoding.UTF8.GetBytes(json));

    [Test]
    public void Read_FilterNotUtf8_ReturnsNull() =>
        Assert.That(IsRead("payments", [.. Encoding.UTF8.GetBytes(Page[..^1]), .. ",\"f\":{\"a\":\""u8, 0x80, .. "\"}}"u8]), Is.False);

    [TestCase("")]
    [TestCase("A")]
    [TestCase("*")]
    public void Read_NotBase64Url_ReturnsNull(string text) =>
        Assert.That(ListCursor.Read("payments", text), Is.Null);

    private static bool IsRead(string list, byte[] json) => ListCursor.Read(list, Base64Url.EncodeToString(json)) is not null;
}
