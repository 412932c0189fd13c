using Microsoft.AspNetCore.Mvc;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>The parameters that choose payments. Different ones must all hold; of one that is given more than once any value does.</summary>
/// <remarks>The properties are for the OpenAPI document; the values are read as they were sent, by <see cref="Read"/>.</remarks>
public sealed class PaymentFilterParameters
{
    // With it a cursor still fits into the line of a request.
    private const int MaxLength = 8 * 1024;

    private static readonly Dictionary<string, PaymentField> Fields = new()
    {
        ["reference"] = PaymentField.Reference,
        ["connectorID"] = PaymentField.ConnectorId,
        ["provider"] = PaymentField.Provider,
        ["type"] = PaymentField.Type,
        ["status"] = PaymentField.Status,
        ["scheme"] = PaymentField.Scheme,
        ["asset"] = PaymentField.Asset,
        ["sourceAccountID"] = PaymentField.SourceAccountId,
        ["destinationAccountID"] = PaymentField.DestinationAccountId,
    };

    private static readonly Dictionary<string, (PaymentField Field, Comparison Comparison)> Limits = new()
    {
        ["amountGte"] = (PaymentField.Amount, Comparison.GreaterOrEqual),
        ["amountLte"] = (PaymentField.Amount, Comparison.LessOrEqual),
        ["createdAtFrom"] = (PaymentField.CreatedAt, Comparison.GreaterOrEqual),
        ["createdAtTo"] = (PaymentField.CreatedAt, Comparison.Less),
    };

    /// <summary>The provider's reference.</summary>
    [FromQuery(Name = "reference")]
    public string[]? Reference { get; init; }

    /// <summary>The id of the connector it came through.</summary>
    [FromQuery(Name = "connectorID")]
    public string[]? ConnectorId { get; init; }

    /// <summary>The connector's provider.</summary>
    [FromQuery(Name = "provider")]
    public string[]? Provider { get; init; }

    /// <summary>Which way the money goes.</summary>
    [FromQuery(Name = "type")]
    public PaymentType[]? Type { get; init; }

    /// <summary>How far the payment has come.</summary>
    [FromQuery(Name = "status")]
    public PaymentStatus[]? Status { get; init; }

    /// <summary>The scheme that carries it.</summary>
    [FromQuery(Name = "scheme")]
    public PaymentScheme[]? Scheme { get; init; }

    /// <summary>What its amounts are of, such as USD/2.</summary>
    [FromQuery(Name = "asset")]
    public string[]? Asset { get; init; }

    /// <summary>The id of the account the money leaves.</summary>
    [FromQuery(Name = "sourceAccountID")]
    public string[]? SourceAccountId { get; init; }

    /// <summary>The id of the account the money reaches.</summary>
    [FromQuery(Name = "destinationAccountID")]
    public string[]? DestinationAccountId { get; init; }

    /// <summary>The least that is left of the payment, in minor units.</summary>
    [FromQuery(Name = "amountGte")]
    public MinorUnits? AmountGte { get; init; }

    /// <summary>The most that is left of the payment, in minor units.</summary>
    [FromQuery(Name = "amountLte")]
    public MinorUnits? AmountLte { get; init; }

    /// <summary>The first instant, RFC 3339 with an offset.</summary>
    [FromQuery(Name = "createdAtFrom")]
    public DateTimeOffset? CreatedAtFrom { get; init; }

    /// <summary>The first instant that is too late, RFC 3339 with an offset.</summary>
    [FromQuery(Name = "createdAtTo")]
    public DateTimeOffset? CreatedAtTo { get; init; }

    /// <summary>The company's own facts, metadata[key]=value.</summary>
    [FromQuery(Name = "metadata")]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>
    /// A filter as JSON: {"$and":[{"$match":{"status":"SUCCEEDED"}},{"$gte":{"amount":100}}]}. Each object has one key; $match, $in, $lt, $lte,
    /// $gt, $gte and $exists on reference, id, connector_id, provider, type, status, scheme, asset, source_account_id,
    /// destination_account_id, amount, initial_amount, created_at and metadata[key]; $and, $or and $not on filters. At most 10 levels and,
    /// together with the other parameters, 100 values.
    /// </summary>
    [FromQuery(Name = "query")]
    public string? Query { get; init; }

    /// <summary>Whether a parameter is one of these.</summary>
    internal static bool Has(string name) =>
        name == "query" || Fields.ContainsKey(name) || Limits.ContainsKey(name) || PaymentQuery.TryReadMetadataKey(name, out _);

    /// <summary>Reads the filter of a request; broken rules go to the validation.</summary>
    internal static PaymentFilter Read(IQueryCollection query, Validation validation)
    {
        List<PaymentFilter> filters = [];
        foreach (var (name, values) in query.Where(parameter => Has(parameter.Key)))
        {
            if (Fields.TryGetValue(name, out var field))
            {
                filters.Add(new PaymentFilter.OneOf(field, [.. values.Select(value => ReadValue(field, name, value, validation)).Distinct()]));
            }
            else if (PaymentQuery.TryReadMetadataKey(name, out var key))
            {
                if (!Domain.Payments.Metadata.IsKey(key!))
                {
                    validation.Add(name, Domain.Payments.Metadata.KeyRule);
                }

                filters.Add(new PaymentFilter.OneOf(
                    PaymentField.Metadata, [.. values.Select(value => ReadValue(PaymentField.Metadata, name, value, validation)).Distinct()], key));
            }
            else if (values.Count > 1)
            {
                validation.Add(name, "must be given once");
            }
            else if (Limits.TryGetValue(name, out var limit))
            {
                filters.Add(new PaymentFilter.Compared(limit.Field, limit.Comparison, ReadValue(limit.Field, name, values[0], validation)));
            }
            else
            {
                filters.Add(PaymentQuery.Read(values[0] ?? "", validation));
            }
        }

        var filter = filters is [var one] ? one : new PaymentFilter.All(filters);
        if (Terms(filter) is > PaymentFilter.MaxTerms and var terms)
        {
            validation.Add("query", $"must have at most {PaymentFilter.MaxTerms} values, those of the other parameters among them; it has {terms}");
        }

        return filter;
    }

    /// <summary>Reads the filter that a cursor carries; null where it is none.</summary>
    internal static PaymentFilter? Read(string cursorFilter)
    {
        var validation = new Validation();
        var filter = cursorFilter.Length == 0 ? PaymentFilter.None : PaymentQuery.Read(cursorFilter, validation);
        return validation.IsBroken || Terms(filter) > PaymentFilter.MaxTerms ? null : filter;
    }

    private static string ReadValue(PaymentField field, string name, string? text, Validation validation)
    {
        if (PaymentFilter.Read(field, text ?? "") is { } value)
        {
            return value;
        }

        var plus = field == PaymentField.CreatedAt && text?.Contains(' ', StringComparison.Ordinal) is true ? "; a + is sent as %2B" : "";
        validation.Add(name, $"{PaymentFilter.RuleOf(field)}{plus}");
        return "";
    }

    private static int Terms(PaymentFilter filter) => filter switch
    {
        PaymentFilter.All all => all.Filters.Sum(Terms),
        PaymentFilter.Any any => any.Filters.Sum(Terms),
        PaymentFilter.Except except => Terms(except.Filter),
        PaymentFilter.OneOf oneOf => oneOf.Values.Count,
        _ => 1,
    };
}
