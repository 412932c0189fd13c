using System.Globalization;
using System.Numerics;
using Payments.Dashboard.Formatting;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;

namespace Payments.Dashboard.Payments;

/// <summary>The list of payments.</summary>
internal sealed record PaymentListModel
{
    private readonly Format _format;
    private readonly DateTimeOffset _now;

    public PaymentListModel(PaymentListQuery query, IReadOnlyList<Connector> connectors, Format format, DateTimeOffset now)
    {
        (Query, _format, _now) = (query, format, now);
        Connectors = new(connectors);
        Filters = [.. FilterField.All.SelectMany(Chips)];
    }

    public PaymentListQuery Query { get; }
    public ConnectorNames Connectors { get; }

    /// <summary>The filters that are on.</summary>
    public IReadOnlyList<FilterChip> Filters { get; }

    /// <summary>The filters that can be added. Metadata can be filtered by several keys.</summary>
    public IEnumerable<FilterField> MoreFilters => FilterField.All.Where(filter => filter == FilterField.Metadata || Filters.All(chip => chip.Field != filter));

    /// <summary>The position of the last event when the list was read.</summary>
    public long Position { get; init; }

    /// <summary>Whether new payments can appear at the top of this page, so that it tells about them.</summary>
    public bool IsLive => Rows.Count > 0 && Query.IsFirstPage && !Query.IsOldestFirst && Form is null;

    public IReadOnlyList<PaymentRow> Rows { get; init; } = [];
    public PageRequest? Next { get; init; }
    public PageRequest? Previous { get; init; }

    /// <summary>The broken rules of the URL. The list has no rows then.</summary>
    public IReadOnlyList<FieldError> Errors { get; init; } = [];

    /// <summary>The form with an error, whose menu is open; null if there is none.</summary>
    public FilterForm? Form { get; init; }

    /// <summary>Whether no payment is recorded at all.</summary>
    public bool IsDatabaseEmpty => Rows.Count == 0 && Errors.Count == 0 && !Query.HasFilters && Query.IsFirstPage;

    /// <summary>The asset in whose major units amounts are typed; null for minor units.</summary>
    public string? AmountAsset => FilterForm.AmountAsset(Query);

    public string AmountHint => !OffersAsset ? "In minor units, such as 10050 for 100.50 EUR, because the list has several assets."
        : AmountAsset is { } asset ? $"In {AmountText.Currency(asset)}, such as {AmountText.ToInput("10050", asset)}. Use a point for decimals. With Any, in minor units."
        : "With an asset, such as 100.50. With Any, in minor units, such as 10050.";

    /// <summary>The assets of all payments, the most used first.</summary>
    public IReadOnlyList<string> Assets { get; init; } = [];

    /// <summary>The asset that the form of amounts has chosen. A new filter begins with the most used one, because hardly anybody means minor units.</summary>
    public string? AmountAssetChoice
    {
        get
        {
            var isNew = Form?.Field != FilterField.Amount && FilterField.Amount.Parameters.All(name => Query.One(name) is null);
            return Query.One(FilterField.Asset.Parameters[0]) ?? (isNew && Assets.Count > 0 ? Assets[0] : null);
        }
    }

    /// <summary>Whether the form of amounts offers to choose the asset: the list has at most one.</summary>
    public bool OffersAsset => Query.All(FilterField.Asset.Parameters[0]).Count <= 1;

    /// <summary>The first asset of the filter that has no decimals, and the URL of the list with two decimals instead; null if every asset has decimals.
    /// Many people type EUR when they mean EUR/2.</summary>
    public (string Asset, string Url)? AssetWithoutDecimals
    {
        get
        {
            var assets = Query.All(FilterField.Asset.Parameters[0]);
            if (assets.FirstOrDefault(asset => !asset.Contains('/', StringComparison.Ordinal) && Asset.TryParse(asset, out _)) is not { } found)
            {
                return null;
            }

            // The amounts of one asset were typed in its major units, so they stay what they are only if they get its decimals too.
            var list = AmountAsset is null ? Query : FilterField.Amount.Parameters.Aggregate(
                Query, (query, name) => query.With(name, query.All(name).Select(digits => PaymentField.Amount.Parse(digits) is null ? digits : $"{digits}00")));
            return (found, list.With(FilterField.Asset.Parameters[0], assets.Select(asset => asset == found ? $"{found}/2" : asset)).Url());
        }
    }

    /// <summary>The period of one click: its name and its list.</summary>
    public IEnumerable<(string Text, string Url)> Periods
    {
        get
        {
            var zone = _format.TimeZone;
            var month = LocalTime.StartOfMonth(_now, zone);
            // A week begins on Monday.
            var dayOfWeek = ((int)TimeZoneInfo.ConvertTime(_now, zone).DayOfWeek + 6) % 7;
            (string Text, DateTimeOffset From, DateTimeOffset? To)[] periods =
            [
                ("Today", LocalTime.StartOfDay(_now, zone), null),
                ("Last 7 days", LocalTime.StartOfDay(_now, zone, daysBefore: 6), null),
                ("Last 30 days", LocalTime.StartOfDay(_now, zone, daysBefore: 29), null),
                ("This month", month, null),
                ("Last week, Monday to Sunday", LocalTime.StartOfDay(_now, zone, dayOfWeek + 7), LocalTime.StartOfDay(_now, zone, dayOfWeek)),
                ("Last month", LocalTime.StartOfMonth(month.AddDays(-1), zone), month),
            ];
            return periods.Select(period => (
                period.Text,
                Query.With("createdAtFrom", LocalTime.ToRfc3339(period.From)).With("createdAtTo", period.To is { } to ? [LocalTime.ToRfc3339(to)] : []).Url()));
        }
    }

    /// <summary>The parameters of the list that the form of a filter repeats.</summary>
    public IEnumerable<(string Name, string Value)> Others(FilterField field) => Query.Without(field.Parameters).Parameters;

    /// <summary>The values that a filter offers, with those that are on.</summary>
    public IEnumerable<(string Value, string Text, bool IsOn)> Choices(FilterField field)
    {
        var on = Query.All(field.Parameters[0]).Select(value => field.Field!.Parse(value) ?? value).ToHashSet();
        var offered = field == FilterField.Provider
            ? Connectors.Providers.Select(provider => (Value: provider.Id, Text: PaymentText.Provider(provider)))
            : field == FilterField.Connector ? Connectors.All.Select(connector => (Value: connector.Id, Text: connector.Name))
            : field.Field!.Names!.Select(name => (Value: name, Text: field.TextOf(name)));
        var all = offered.ToList();
        all.AddRange(on.Except(all.Select(choice => choice.Value)).Select(value => (value, value)).ToList());
        return all.Select(choice => (choice.Value, choice.Text, on.Contains(choice.Value)));
    }

    /// <summary>The text of an input: what was typed, or the current filter.</summary>
    public string Typed(FilterField field, string input)
    {
        if (Form?.Field == field)
        {
            return Form.Typed.GetValueOrDefault(input, "");
        }

        return field.Editor switch
        {
            FilterEditor.Dates => Date(field, input),
            FilterEditor.Amounts => Query.One(field.Parameters[input == FilterField.From ? 0 : 1]) is { } digits
                && PaymentField.Amount.Parse(digits) is not null
                ? AmountAsset is { } asset ? AmountText.ToInput(digits, asset) : digits
                : "",
            FilterEditor.Lines or FilterEditor.Json => string.Join('\n', Query.All(field.Parameters[0])),
            _ => "",
        };
    }

    public string? ErrorOf(FilterField field, string input) => Form?.Field == field ? Form.Errors.GetValueOrDefault(input) : null;

    private IEnumerable<FilterChip> Chips(FilterField field)
    {
        if (field == FilterField.Metadata)
        {
            return from name in Query.Parameters.Select(parameter => parameter.Name).Distinct()
                   let key = PaymentQuery.MetadataKey(name)
                   where key is not null
                   select new FilterChip(field, key, string.Join(", ", Query.All(name)), Query.Without([name]).Url());
        }

        return field.Parameters.Any(name => Query.All(name).Count > 0)
            ? [new FilterChip(field, field.Label, Text(field), Query.Without(field.Parameters).Url())]
            : [];
    }

    private string Text(FilterField field) => field.Editor switch
    {
        FilterEditor.Dates => Range(Query.One(field.Parameters[0]), Query.One(field.Parameters[1]), "from", "to", DateText),
        FilterEditor.Amounts => Query.One(field.Parameters[0]) is { } exact && exact == Query.One(field.Parameters[1])
            ? AmountOf(exact)
            : Range(Query.One(field.Parameters[0]), Query.One(field.Parameters[1]), "at least", "at most", (digits, _) => AmountOf(digits)),
        _ => string.Join(", ", Query.All(field.Parameters[0]).Select(value => ChipText(field, value))),
    };

    private static string Range(string? from, string? to, string fromWord, string toWord, Func<string, bool, string> text) => string.Join(
        ' ', new[] { from is null ? "" : $"{fromWord} {text(from, false)}", to is null ? "" : $"{toWord} {text(to, true)}" }.Where(part => part.Length > 0));

    private string ChipText(FilterField field, string value) =>
        field == FilterField.Connector && ConnectorId.TryParse(value, out var connector) ? Connectors.Of(connector)
        : field == FilterField.Provider && Provider.TryParse(value, out var provider) ? PaymentText.Provider(provider)
        : field.Key is "source" or "destination" && AccountId.TryParse(value, out var account) ? account.Reference.Text
        : field.TextOf(value);

    private string AmountOf(string digits) => PaymentField.Amount.Parse(digits) is null ? digits
        : AmountAsset is { } asset ? $"{_format.Amount(digits, asset)} {AmountText.Currency(asset)}"
        : $"{BigInteger.Parse(digits, _format.Culture).ToString("N0", _format.Culture)} minor units";

    // A range that ends at midnight contains the day before.
    private string DateText(string text, bool isEnd)
    {
        if (!Instant.TryParse(text, out var instant))
        {
            return text;
        }

        var local = Local(instant);
        return local.TimeOfDay == TimeSpan.Zero ? _format.Date(isEnd ? DayBefore(local) : local)
            : string.Create(CultureInfo.InvariantCulture, $"{_format.Date(local)}, {local:HH:mm:ss}");
    }

    private string Date(FilterField field, string input)
    {
        var isEnd = input is FilterField.To or FilterForm.ToTime;
        if (!Instant.TryParse(Query.One(field.Parameters[isEnd ? 1 : 0]) ?? "", out var instant))
        {
            return "";
        }

        var local = Local(instant);
        var isMidnight = local.TimeOfDay == TimeSpan.Zero;
        return input is FilterForm.FromTime or FilterForm.ToTime
            ? isMidnight ? "" : local.ToString("HH:mm:ss", CultureInfo.InvariantCulture)
            : (isEnd && isMidnight ? DayBefore(local) : local).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private static DateTime DayBefore(DateTime local) => local > DateTime.MinValue ? local.AddDays(-1) : local;

    private DateTime Local(Instant instant) => TimeZoneInfo.ConvertTimeFromUtc(instant.Utc, _format.TimeZone);
}

/// <summary>A filter that is on.</summary>
/// <param name="Field">The filter.</param>
/// <param name="Label">Its name, or the key of metadata.</param>
/// <param name="Text">Its values.</param>
/// <param name="RemoveUrl">The list without it.</param>
internal sealed record FilterChip(FilterField Field, string Label, string Text, string RemoveUrl);

/// <summary>A payment in the list.</summary>
internal sealed record PaymentRow(
    string Id, DateTime CreatedAt, string Reference, ConnectorId ConnectorId, string Type, string Status,
    string Scheme, string Asset, string Amount, string InitialAmount, string? From, string? To)
{
    /// <summary>The references of the accounts; null if neither is known.</summary>
    public string? Accounts => From is null && To is null ? null : $"{From ?? "?"} → {To ?? "?"}";

    /// <summary>Whether something was refunded, or not everything captured.</summary>
    public bool HasOtherInitialAmount => Amount != InitialAmount;

    public static PaymentRow Of(StoredPayment payment) => new(
        payment.Id.ToString(), payment.CreatedAt, payment.Reference, payment.ConnectorId, payment.Type, payment.Status, payment.Scheme, payment.Asset,
        MinorUnits.Restore(payment.Amount).ToString(), MinorUnits.Restore(payment.InitialAmount).ToString(),
        ReferenceOf(payment.SourceAccountId), ReferenceOf(payment.DestinationAccountId));

    private static string? ReferenceOf(string? accountId) => accountId is not null && AccountId.TryParse(accountId, out var account) ? account.Reference.Text : null;
}
