using Payments.Domain.Connectors;

namespace Payments.Dashboard.Formatting;

/// <summary>The names of statuses, types and providers for people, and the colors of statuses.</summary>
internal static class PaymentText
{
    /// <summary>The name of a status: <c>Refund failed</c> for <c>REFUNDED_FAILURE</c>.</summary>
    public static string Status(string status) => status switch
    {
        "REFUNDED_FAILURE" => "Refund failed",
        "CANCELLED" => "Canceled",
        _ => Sentence(status),
    };

    /// <summary>The name of a payment's status, given the amount that is left.</summary>
    public static string Status(string status, string left) => status == "REFUNDED" && left != "0" ? "Partially refunded" : Status(status);

    /// <summary>The class of a status, which is its color.</summary>
    public static string StatusClass(string status) => status switch
    {
        "SUCCEEDED" or "DISPUTE_WON" => "ok",
        "PENDING" => "wait",
        "FAILED" or "DISPUTE_LOST" => "bad",
        "REFUNDED" => "back",
        "DISPUTE" or "REFUNDED_FAILURE" => "warn",
        _ => "mute",
    };

    /// <summary>The name of a type: <c>Pay-in</c> for <c>PAY-IN</c>.</summary>
    public static string Type(string type) => Sentence(type);

    /// <summary>The name of a provider: <c>Banking Circle</c> for <c>bankingcircle</c>.</summary>
    public static string Provider(Provider provider) => string.Join(' ', provider.ContractName.Split('-').Select(Sentence));

    private static string Sentence(string name) => name.Length == 0 ? name : $"{name[0]}{name[1..].ToLowerInvariant().Replace('_', ' ')}";
}
