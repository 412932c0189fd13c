using Payments.Dashboard.Formatting;

namespace Payments.Dashboard.Payments;

/// <summary>What a reader typed into the form of one filter, and the list that it leads to.</summary>
/// <param name="Field">The filter.</param>
/// <param name="Typed">The typed values by the name of their input.</param>
/// <param name="Errors">The broken rules by the name of their input; none if <paramref name="Result"/> has the filter.</param>
/// <param name="Result">The list with the filter.</param>
internal sealed record FilterForm(
    FilterField Field, IReadOnlyDictionary<string, string> Typed, IReadOnlyDictionary<string, string> Errors, PaymentListQuery Result)
{
    /// <summary>The input that names the filter of the form.</summary>
    public const string Edit = "edit";

    public const string Value = "value";
    public const string MetadataKey = "key";
    public const string FromTime = "fromTime";
    public const string ToTime = "toTime";

    /// <summary>The input of the form of amounts that chooses the asset; empty for any.</summary>
    public const string AmountsAsset = "amountsAsset";

    private static readonly string[] Inputs = [Edit, Value, MetadataKey, FilterField.From, FilterField.To, FromTime, ToTime, AmountsAsset];

    /// <summary>Reads a submitted form. Its other parameters are those of the list. Null if it names no filter.</summary>
    public static FilterForm? Read(PaymentListQuery submitted, TimeZoneInfo zone)
    {
        if (FilterField.All.FirstOrDefault(field => field.Key == submitted.One(Edit)) is not { } field)
        {
            return null;
        }

        var list = submitted.Without(Inputs);
        var typed = Inputs.Where(name => submitted.All(name).Count > 0).ToDictionary(name => name, name => string.Join('\n', submitted.All(name)).Trim());
        var errors = new Dictionary<string, string>();
        var result = field.Editor switch
        {
            FilterEditor.Choices => With(submitted.All(Value)),
            FilterEditor.Lines => With(Text(Value).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
            FilterEditor.Dates => list.With(field.Parameters[0], Date(FilterField.From, FromTime, daysAfter: 0))
                .With(field.Parameters[1], Date(FilterField.To, ToTime, daysAfter: 1)),
            FilterEditor.Amounts => Amounts(),
            FilterEditor.Entry => Entry(),
            _ => Json(),
        };
        return new(field, typed, errors, errors.Count == 0 ? result : list);

        string Text(string name) => typed.GetValueOrDefault(name, "");

        PaymentListQuery With(IEnumerable<string> values)
        {
            List<string> read = [];
            foreach (var value in values)
            {
                if (field.Field!.Parse(value) is { } canonical)
                {
                    read.Add(canonical);
                }
                else
                {
                    errors[Value] = $"{field.Parameters[0]} {field.Field.Rule}";
                }
            }

            return list.With(field.Parameters[0], read.Distinct());
        }

        // The last day is part of the range, so without a time the range ends at the start of the next day.
        IEnumerable<string> Date(string name, string timeName, int daysAfter)
        {
            var (date, time) = (Text(name), Text(timeName));
            if (date.Length == 0 && time.Length == 0)
            {
                return [];
            }

            if (LocalTime.TryParse(time.Length == 0 ? date : $"{date}T{time}", zone, out var at))
            {
                return [LocalTime.ToRfc3339(time.Length == 0 ? LocalTime.StartOfDay(at, zone, -daysAfter) : at)];
            }

            errors[name] = "must be a date such as 2026-05-31; a time such as 14:30 is optional";
            return [];
        }

        // An asset without an amount would be a filter that nobody asked for.
        PaymentListQuery Amounts()
        {
            if (submitted.One(AmountsAsset) is { } asset && (Text(FilterField.From).Length > 0 || Text(FilterField.To).Length > 0))
            {
                list = list.With(FilterField.Asset.Parameters[0], asset.Length == 0 ? [] : [asset]);
            }

            return list.With(field.Parameters[0], Amount(FilterField.From)).With(field.Parameters[1], Amount(FilterField.To));
        }

        IEnumerable<string> Amount(string name)
        {
            if (Text(name).Length == 0)
            {
                return [];
            }

            var asset = AmountAsset(list);
            if ((asset is null ? PaymentField.Amount.Parse(Text(name)) : AmountText.Parse(Text(name), asset)) is { } digits)
            {
                return [digits];
            }

            errors[name] = asset is null ? PaymentField.Amount.Rule : AmountText.Rule(asset);
            return [];
        }

        PaymentListQuery Entry()
        {
            var key = submitted.One(MetadataKey) ?? "";
            var value = submitted.One(Value) ?? "";
            if (!Metadata.IsKey(key))
            {
                errors[MetadataKey] = Metadata.KeyRule;
            }
            else if (!Metadata.IsValue(value))
            {
                errors[Value] = Metadata.ValueRule;
            }

            return list.With($"metadata[{key}]", value);
        }

        PaymentListQuery Json()
        {
            if (Text(Value).Length == 0)
            {
                return list;
            }

            var validation = new Validation();
            PaymentQuery.Read(Text(Value), validation);
            try
            {
                validation.ThrowIfInvalid();
            }
            catch (ValidationException e)
            {
                errors[Value] = string.Join("; ", e.Errors.Select(error => $"{error.Field} {error.Rule}"));
            }

            return list.With(field.Parameters[0], Text(Value));
        }
    }

    /// <summary>The asset in whose major units amounts are typed; null for minor units, because the list can have several assets.</summary>
    public static string? AmountAsset(PaymentListQuery list) =>
        list.One(FilterField.Asset.Parameters[0]) is { } asset && Asset.TryParse(asset, out _) ? asset : null;
}
