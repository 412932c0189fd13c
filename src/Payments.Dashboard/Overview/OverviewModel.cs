using System.Globalization;
using System.Numerics;
using Microsoft.AspNetCore.Http.Extensions;
using Payments.Application.Totals;
using Payments.Dashboard.Formatting;

namespace Payments.Dashboard.Overview;

/// <summary>What the overview shows.</summary>
/// <param name="Assets">The assets and types of all payments, the most used first.</param>
/// <param name="Asset">The selected asset.</param>
/// <param name="Type">The selected type.</param>
/// <param name="Window">The selected days.</param>
/// <param name="Totals">Their totals.</param>
internal sealed record OverviewModel(
    IReadOnlyList<AssetTotal> Assets, Asset Asset, PaymentType Type, OverviewWindow Window, Application.Totals.Overview Totals)
{
    private const int MaxConnectors = 10;

    // Three months. Nobody reads a year of daily bars, and their table would be most of the page.
    private const int MaxDays = 92;

    // More changes than one page of the consumer, so it is not just the usual delay.
    private const long MuchBehind = 5000;

    /// <summary>The assets, the most used first.</summary>
    public IEnumerable<string> AssetCodes => Assets.Select(total => total.Asset.Code).Append(Asset.Code).Distinct();

    /// <summary>The types of the asset, the most used first.</summary>
    public IEnumerable<PaymentType> Types => Assets.Where(total => total.Asset == Asset).Select(total => total.Type).Append(Type).Distinct();

    /// <summary>The statuses of the plots. Succeeded payments are at the bottom.</summary>
    public IReadOnlyList<PaymentStatus> Statuses { get; } = [.. Totals.All.Statuses.OrderBy(status => status == PaymentStatus.Succeeded ? 0 : (int)status)];

    /// <summary>Whether the plots and their tables have months instead of days.</summary>
    public bool HasMonths => Window.Days > MaxDays;

    /// <summary>The first days of the first and the last bar.</summary>
    public (DateOnly First, DateOnly Last) Bars => HasMonths ? (Month(Window.FirstDay), Month(Window.LastDay)) : (Window.FirstDay, Window.LastDay);

    /// <summary>The rows of the tables, newest first: the first day of the row, its totals and, if it is a month, the URL of its days.</summary>
    public IEnumerable<(DateOnly Day, StatusTotals Totals, string? DaysUrl)> Rows => HasMonths
        ? Totals.Days.GroupBy(day => Month(day.Key), day => day.Totals)
            .Select(month => (month.Key, GroupTotals<DateOnly>.Of(month.Key, month).Totals, (string?)DaysUrl(month.Key)))
            .Reverse()
        : Totals.Days.Reverse().Select(day => (day.Key, day.Totals, (string?)null));

    /// <summary>How many changes are counted, if the totals are being computed again.</summary>
    public (long Counted, long All)? Rebuild => Totals.LastPosition - Totals.Position > MuchBehind ? (Math.Max(Totals.Position, 0), Totals.LastPosition) : null;

    /// <summary>The totals by provider, connector and scheme, each with the filter of its payments.</summary>
    public IEnumerable<(string Title, IReadOnlyList<(string Name, StatusTotals Totals, string Url)> Rows)> Groups =>
    [
        ("Top connectors", [.. Totals.Connectors.Take(MaxConnectors).Select(connector => (
            ConnectorNames.Of(connector.Key), connector.Totals, Url("connectorID", $"{connector.Key.Id}")))]),
        ("By provider", [.. Totals.Providers.Select(provider => (PaymentText.Provider(provider.Key), provider.Totals, Url("provider", provider.Key.ContractName)))]),
        ("By scheme", [.. Totals.Schemes.Select(scheme => (WireName<PaymentScheme>.Of(scheme.Key), scheme.Totals, Url("scheme", WireName<PaymentScheme>.Of(scheme.Key))))]),
    ];

    /// <summary>The URL of the list of the payments that the page counts, with one more filter.</summary>
    public string Url(string parameter, string value) => "/dashboard/payments" + new QueryBuilder
    {
        { "asset", Asset.Code },
        { "type", WireName<PaymentType>.Of(Type) },
        { "createdAtFrom", Start(Window.FirstDay) },
        { "createdAtTo", Start(Window.LastDay.AddDays(1)) },
        { parameter, value },
    };

    /// <summary>The URL of this page with the longest of the windows that end today.</summary>
    public string LongestUrl => WindowUrl(("window", "12m"));

    /// <summary>A day as a URL and a script have it.</summary>
    public static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The part of the largest volume, in thousandths, for the length of a bar.</summary>
    public static int Thousandths(StatusTotals part, StatusTotals largest) =>
        largest.Volume.InitialAmount.IsZero ? 0 : (int)(BigInteger)(part.Volume.InitialAmount * 1000 / largest.Volume.InitialAmount);

    /// <summary>The asset and the type of the URL, or those that are used most; null if there are no payments.</summary>
    public static (Asset Asset, PaymentType Type)? Select(IReadOnlyList<AssetTotal> assets, string? asset, string? type)
    {
        if (assets is not [var mostUsed, ..])
        {
            return null;
        }

        var selected = asset is not null && Domain.Asset.TryParse(asset, out var parsed) ? parsed : mostUsed.Asset;
        return (selected, type is not null && WireName<PaymentType>.TryParse(type, out var named) ? named
            : assets.FirstOrDefault(total => total.Asset == selected)?.Type ?? PaymentType.PayIn);
    }

    private static DateOnly Month(DateOnly day) => new(day.Year, day.Month, 1);

    private string DaysUrl(DateOnly month)
    {
        var lastDay = month.AddMonths(1).AddDays(-1);
        return WindowUrl(
            ("window", OverviewWindow.Dates),
            ("from", Iso(month < Window.FirstDay ? Window.FirstDay : month)),
            ("to", Iso(lastDay > Window.LastDay ? Window.LastDay : lastDay)));
    }

    private string WindowUrl(params IEnumerable<(string Name, string Value)> window) => "/dashboard" + new QueryBuilder(
        [new("asset", Asset.Code), new("type", WireName<PaymentType>.Of(Type)), .. window.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))]);

    private static string Start(DateOnly day) => day.ToString("yyyy-MM-dd'T00:00:00Z'", CultureInfo.InvariantCulture);
}
