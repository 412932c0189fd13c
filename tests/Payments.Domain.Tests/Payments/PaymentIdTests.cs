using System.Buffers.Text;
using System.Text;
using Payments.Domain.Payments;

namespace Payments.Domain.Tests.Payments;

public sealed class PaymentIdTests
{
    private const string Connector = Sample.ConnectorJson;

    // The contract's examples use the first id. Formance's own code computed the second.
    [TestCase($$"""{"ConnectorID":{{Connector}},"Reference":"ref-001","Type":"PAY-IN"}""", Sample.PaymentId)]
    [TestCase(
        """{"ConnectorID":{"Provider":"stripe","Reference":"00000000-0000-0000-0000-000000000001"},"Reference":"payment123","Type":"PAY-IN"}""",
        "eyJDb25uZWN0b3JJRCI6eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMSJ9LCJSZWZlcmVuY2UiOiJwYXltZW50MTIzIiwiVHlwZSI6IlBBWS1JTiJ9")]
    public void ToString_ContractVector_EqualsExpectedId(string json, string expected) =>
        Assert.That(Read.OrNull<PaymentId>(Encode(json)), Is.EqualTo(expected));

    [Test]
    public void ToString_NonAsciiText_EscapesOnlyWhatJsonRequires()
    {
        var id = Sample.Value<PaymentId>(Encode($$"""{"ConnectorID":{{Connector}},"Reference":"a\"\\/ü\u2028😀","Type":"PAYOUT"}"""));
        Assert.That(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(id.ToString())), Is.EqualTo($$"""{"ConnectorID":{{Connector}},"Reference":"a\"\\/ü{{'\u2028'}}😀","Type":"PAYOUT"}"""));
    }

    [TestCase("""{"Type":"PAY-IN","Reference":"ref-001","ConnectorID":{"Reference":"7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f","Provider":"stripe"}}""")]
    [TestCase(""" { "ConnectorID" : {"Provider":"STRIPE","Reference":"7F6C3F6E-5B1A-4C2D-9E8F-0A1B2C3D4E5F"}, "Reference":"\u0072ef-001","Type":"PAY-IN"} """)]
    public void TryParse_OtherSpelling_ReturnsSameId(string json) =>
        Assert.That(Read.OrNull<PaymentId>(Encode(json)), Is.EqualTo(Encode($$"""{"ConnectorID":{{Connector}},"Reference":"ref-001","Type":"PAY-IN"}""")));

    [TestCase("DUMMY-PAY", "dummypay")]
    [TestCase("BANKING-CIRCLE", "bankingcircle")]
    public void TryParse_ContractNameOfProvider_ReturnsIdForm(string contractName, string idForm)
    {
        var id = Sample.Value<PaymentId>(Encode(
            $$"""{"ConnectorID":{"Provider":"{{contractName}}","Reference":"7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f"},"Reference":"r","Type":"OTHER"}"""));
        Assert.That(id.ConnectorId.Provider.Id, Is.EqualTo(idForm));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("\"x\"")]
    [TestCase("{}")]
    [TestCase($$"""{"ConnectorID":{{Connector}},"Reference":"r"}""")]
    [TestCase($$"""{"ConnectorID":{{Connector}},"Reference":"r","Type":"pay-in"}""")]
    [TestCase($$"""{"ConnectorID":{{Connector}},"Reference":"r","Type":1}""")]
    [TestCase($$"""{"ConnectorID":{{Connector}},"Reference":" r","Type":"PAYOUT"}""")]
    [TestCase($$"""{"ConnectorID":{{Connector}},"Reference":"\ud800","Type":"PAYOUT"}""")]
    [TestCase("""{"ConnectorID":{"Provider":"stripe","Reference":"{7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f}"},"Reference":"r","Type":"PAYOUT"}""")]
    [TestCase("""{"ConnectorID":{"Provider":"","Reference":"7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f"},"Reference":"r","Type":"PAYOUT"}""")]
    [TestCase("""{"ConnectorID":{"Provider":"a b","Reference":"7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f"},"Reference":"r","Type":"PAYOUT"}""")]
    [TestCase($$"""{"ConnectorID":{{Connector}},"Reference":"r","Type":"PAYOUT","More":1}""")]
    [TestCase($$"""{"ConnectorID":{{Connector}},"Reference":"r","Reference":"s","Type":"PAYOUT"}""")]
    [TestCase("""{"ConnectorID":"x","Reference":"r","Type":"PAYOUT"}""")]
    public void TryParse_InvalidJson_ReturnsFalse(string json) => Assert.That(Read.OrNull<PaymentId>(Encode(json)), Is.Null);

    [TestCase("e30=")]
    [TestCase("e30 ")]
    [TestCase("e3\n0")]
    [TestCase("+/+/")]
    [TestCase("e")]
    [TestCase("ü")]
    [TestCase("../../etc/passwd")]
    public void TryParse_NotBase64Url_ReturnsFalse(string text) => Assert.That(Read.OrNull<PaymentId>(text), Is.Null);

    [Test]
    public void TryParse_InvalidUtf8_ReturnsFalse()
    {
        byte[] json = [.. Encoding.UTF8.GetBytes($$"""{"ConnectorID":{{Connector}},"Reference":""" + "\""), 0xFF, .. "\",\"Type\":\"PAYOUT\"}"u8];
        Assert.That(Read.OrNull<PaymentId>(Base64Url.EncodeToString(json)), Is.Null);
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
