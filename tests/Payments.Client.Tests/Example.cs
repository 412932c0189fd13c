namespace Payments.Client.Tests;

/// <summary>A payment as a request and as a response.</summary>
internal static class Example
{
    public static PaymentRequest Request(Action<PaymentRequest>? change = null)
    {
        var request = new PaymentRequest
        {
            Reference = "ref-001",
            ConnectorID = "connector",
            CreatedAt = DateTimeOffset.UnixEpoch,
            Amount = 100,
            Type = PaymentType.PayIn,
            Status = PaymentStatus.Succeeded,
            Scheme = PaymentScheme.Visa,
            Asset = "USD/2",
        };
        change?.Invoke(request);
        return request;
    }

    public static string Response(
        string type = "PAY-IN",
        string status = "SUCCEEDED",
        string scheme = "visa",
        string amount = "100",
        string createdAt = "1970-01-01T00:00:00Z",
        string raw = "{}") =>
        $$"""
        {"data":{"id":"payment","reference":"ref-001","sourceAccountID":"","destinationAccountID":"","connectorID":"connector",
        "provider":"STRIPE","type":"{{type}}","status":"{{status}}","initialAmount":{{amount}},"amount":{{amount}},"scheme":"{{scheme}}",
        "asset":"USD/2","createdAt":"{{createdAt}}","raw":{{raw}},"adjustments":[{"reference":"ref-001","createdAt":"{{createdAt}}",
        "status":"{{status}}","amount":{{amount}},"raw":{{raw}} }],"metadata":{"order":"7"} } }
        """;
}
