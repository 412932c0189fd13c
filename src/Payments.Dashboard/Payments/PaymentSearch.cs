using Payments.Dashboard.Formatting;
using Payments.Domain.Accounts;

namespace Payments.Dashboard.Payments;

/// <summary>What the text of the search box means. Its shape decides, so a search needs at most one query on an index:</summary>
/// <remarks>
/// 1. The id of a payment opens the payment.
/// 2. The id of an account finds the payments from and to the account.
/// 3. A number followed by an asset, such as <c>100.50 EUR/2</c>, is an amount in major units. As the list shows amounts, an asset
///    without its decimals has those of the number: <c>100.50 EUR</c> is of EUR/2.
/// 4. A number with decimals is an amount in major units of the asset that the list is filtered by. Without one, its point is left out:
///    <c>100.50</c> is 10050 minor units, as in every asset with two decimals.
/// 5. Every other text, which includes whole numbers, is an exact reference. If no payment has it, the page offers to search a whole number as an amount.
/// An amount is what is left of a payment or what it was initially.
/// </remarks>
/// <param name="PaymentId">The payment to open; null if <paramref name="List"/> has the result.</param>
/// <param name="List">The list of the payments that are found.</param>
internal sealed record PaymentSearch(PaymentId? PaymentId, PaymentListQuery List)
{
    private const string Query = "query";
    private const string AssetName = "asset";

    /// <param name="text">The text of the search box.</param>
    /// <param name="asset">The asset that the list is filtered by; null for none or several.</param>
    /// <param name="isAmount">Whether a whole number is an amount and no reference.</param>
    public static PaymentSearch Read(string text, string? asset, bool isAmount)
    {
        text = text.Trim();
        if (PaymentId.TryParse(text, out var id))
        {
            return new(id, PaymentListQuery.Empty);
        }

        if (AccountId.TryParse(text, out var account))
        {
            return Find(
                $$$"""{"$or":[{"$match":{"source_account_id":"{{{account}}}"}},{"$match":{"destination_account_id":"{{{account}}}"}}]}""",
                $"Account {account.Reference}");
        }

        if (text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var amount, var code]
            && (amount.Split('.') is [_, var part] && !code.Contains('/', StringComparison.Ordinal) ? $"{code}/{part.Length}" : code) is var named
            && Asset.TryParse(named, out _)
            && AmountText.Parse(amount, named) is { } digits)
        {
            return FindAmount(digits, named, amount);
        }

        var hasDecimals = text.Contains('.', StringComparison.Ordinal);
        if ((hasDecimals || isAmount) && (asset is null ? MinorUnitsOf(text) : AmountText.Parse(text, asset)) is { } found)
        {
            return FindAmount(found, asset, text);
        }

        return text.Length == 0
            ? new(null, PaymentListQuery.Empty)
            : new(null, PaymentListQuery.Empty.With("reference", text).With(PaymentListQuery.Search, $"Reference {text}"));
    }

    /// <summary>Whether a text can be an amount, although it was searched as a reference.</summary>
    public static bool CanBeAmount(string text) => PaymentField.Amount.Parse(text) is not null;

    private static PaymentSearch FindAmount(string digits, string? asset, string typed)
    {
        var found = Find(
            $$$"""{"$or":[{"$match":{"amount":{{{digits}}}}},{"$match":{"initial_amount":{{{digits}}}}}]}""",
            asset is null ? $"Amount {digits} in minor units" : $"Amount {typed} {AmountText.Currency(asset)}");
        return asset is null ? found : found with { List = new([(AssetName, asset), .. found.List.Parameters]) };
    }

    private static PaymentSearch Find(string query, string searched) =>
        new(null, PaymentListQuery.Empty.With(Query, query).With(PaymentListQuery.Search, searched));

    // As many decimals as were typed.
    private static string? MinorUnitsOf(string text) => AmountText.Parse(text, $"X/{(text.Split('.') is [_, var decimals] ? decimals.Length : 0)}");
}
