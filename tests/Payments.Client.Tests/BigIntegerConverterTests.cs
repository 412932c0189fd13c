using System.IO.Pipelines;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Payments.Client.Tests;

[TestFixture]
public sealed class BigIntegerConverterTests
{
    private static readonly JsonSerializerOptions Options = new() { Converters = { new BigIntegerConverter() } };

    private static readonly BigInteger Most = BigInteger.Pow(10, 38) - 1;

    [TestCase("1.0")]
    [TestCase("1e3")]
    [TestCase("-1")]
    [TestCase("\"100\"")]
    [TestCase("null")]
    [TestCase("true")]
    [TestCase("{}")]
    [TestCase("100000000000000000000000000000000000000")]
    public void Read_NotUpTo38Digits_Throws(string json) =>
        Assert.That(() => JsonSerializer.Deserialize<BigInteger>(json, Options), Throws.TypeOf<JsonException>());

    [Test]
    public async Task Read_DigitsInSeveralBuffers_ReadsEveryDigit()
    {
        using var stream = new MemoryStream(Encoding.ASCII.GetBytes($"[{Most},{Most}]"));
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16));

        var amounts = await JsonSerializer.DeserializeAsync<BigInteger[]>(reader, Options);

        Assert.That(amounts, Is.EqualTo([Most, Most]));
    }

    [Test]
    public void Write_LargestAmount_WritesDigitsOnly() =>
        Assert.That(JsonSerializer.Serialize(Most, Options), Is.EqualTo(new string('9', 38)));
}
