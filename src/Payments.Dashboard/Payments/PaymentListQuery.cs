using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Payments.Dashboard.Lists;

namespace Payments.Dashboard.Payments;

/// <summary>The parameters in the URL of the list: the filters under the names of the API, the order, the page size and the page.</summary>
internal sealed record PaymentListQuery(IReadOnlyList<(string Name, string Value)> Parameters)
{
    public const string Path = "/dashboard/payments";
    public const string Newest = "createdAt:desc";
    public const string Oldest = "createdAt:asc";

    /// <summary>What was searched for. It is only shown; the filters select the payments.</summary>
    public const string Search = "search";

    private const string Sort = "sort";
    private const string PageSize = "pageSize";

    public static PaymentListQuery Empty { get; } = new([]);

    public static IReadOnlyList<int> PageSizes { get; } = [25, 50, 100];

    public bool IsOldestFirst => One(Sort) == Oldest;

    /// <summary>The page size of the URL; the smallest one if the URL has none or a wrong one.</summary>
    public int Size => PageSizes.FirstOrDefault(size => One(PageSize) == Text(size), PageSizes[0]);

    public string? SearchedText => One(Search);

    public bool HasFilters => Parameters.Any(parameter => IsFilter(parameter.Name));

    public bool IsFirstPage => !Parameters.Any(parameter => IsPosition(parameter.Name));

    /// <summary>Reads the query of a request. The names are case-sensitive, because metadata[a] and metadata[A] are different keys.</summary>
    public static PaymentListQuery Read(HttpRequest request)
    {
        var parameters = new List<(string, string)>();
        foreach (var parameter in new QueryStringEnumerable(request.QueryString.Value))
        {
            parameters.Add((parameter.DecodeName().ToString(), parameter.DecodeValue().ToString()));
        }

        return new(parameters);
    }

    public IReadOnlyList<string> All(string name) => [.. Parameters.Where(parameter => parameter.Name == name).Select(parameter => parameter.Value)];

    public string? One(string name) => All(name) is [var value] ? value : null;

    /// <summary>The same list with other values of a parameter, from its first page.</summary>
    public PaymentListQuery With(string name, params IEnumerable<string> values) =>
        new([.. Without([name]).Parameters, .. values.Select(value => (name, value))]);

    /// <summary>The same list without some parameters, from its first page.</summary>
    public PaymentListQuery Without(IReadOnlyCollection<string> names) =>
        new([.. Parameters.Where(parameter => parameter.Name != Search && !IsPosition(parameter.Name) && !names.Contains(parameter.Name))]);

    public PaymentListQuery WithSize(int size) => With(PageSize, Text(size));

    public PaymentListQuery InOrder(string sort) => With(Sort, sort);

    /// <summary>The same list at another page.</summary>
    public PaymentListQuery At(PageRequest page) => new(
    [
        .. Parameters.Where(parameter => !IsPosition(parameter.Name)),
        (page.Backwards ? PageLinks.Before : PageLinks.After, PageLinks.Text(page.Position!)),
    ]);

    public string Url(string path = Path) => Parameters.Count == 0
        ? path
        : $"{path}?{string.Join('&', Parameters.Select(parameter => $"{Encode(parameter.Name)}={Encode(parameter.Value)}"))}";

    /// <summary>The URL of the export of the same payments.</summary>
    public string ExportUrl(string format) =>
        new PaymentListQuery([.. Parameters.Where(parameter => IsFilter(parameter.Name) || parameter.Name == Sort), ("format", format)]).Url($"{Path}/export");

    /// <summary>Reads the filter and the page.</summary>
    /// <exception cref="ValidationException">A parameter breaks its rule or is unknown.</exception>
    public (PaymentFilter Filter, PageRequest Page) Read()
    {
        var validation = new Validation();
        foreach (var name in Parameters.Select(parameter => parameter.Name).Where(name => !IsFilter(name)).Distinct())
        {
            var isKnown = name is Sort or PageSize or Search || IsPosition(name);
            var meant = PaymentFilterParameters.Find(name);
            validation.AddIf(!isKnown, name, $"is not a filter of this list{(meant is null ? "" : $"; did you mean {meant}?")}");
            validation.AddIf(isKnown && All(name).Count > 1, name, "must be given only once");
        }

        validation.AddIf(One(Sort) is not (null or Newest or Oldest), Sort, $"must be {Newest} or {Oldest}");
        validation.AddIf(One(PageSize) is { } size && size != Text(Size), PageSize, $"must be one of: {string.Join(", ", PageSizes)}");
        var (after, before) = (One(PageLinks.After), One(PageLinks.Before));
        var page = new PageRequest(Size, IsOldestFirst, PageLinks.ReadPosition(after ?? before ?? ""), Backwards: before is not null);
        validation.AddIf(after is not null && (before is not null || page.Position is null), PageLinks.After, PageLinks.Rule);
        validation.AddIf(after is null && before is not null && page.Position is null, PageLinks.Before, PageLinks.Rule);

        var filters = Parameters.GroupBy(
            parameter => parameter.Name, (name, all) => (name, (IReadOnlyList<string?>)[.. all.Select(parameter => parameter.Value)]));
        var (filter, _) = PaymentFilterParameters.Read(filters, validation);
        validation.ThrowIfInvalid();
        return (filter, page);
    }

    private static bool IsFilter(string name) => PaymentFilterParameters.Find(name) == name;

    private static bool IsPosition(string name) => name is PageLinks.After or PageLinks.Before;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    // Readable in the address bar: these characters need no encoding in a query.
    private static string Encode(string text) => new StringBuilder(Uri.EscapeDataString(text))
        .Replace("%3A", ":").Replace("%2F", "/").Replace("%5B", "[").Replace("%5D", "]").Replace("%2C", ",").ToString();
}
