using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Payments.Dashboard.Formatting;

namespace Payments.Dashboard.Payments;

/// <summary>A form that changes a payment: what was typed, and the broken rules.</summary>
internal abstract class PaymentForm
{
    protected const string VersionName = "version";

    /// <summary>The version of the payment that the form was rendered with.</summary>
    public required string Version { get; set; }

    /// <summary>The broken rules by the name of their field.</summary>
    public Dictionary<string, string> Errors { get; } = [];

    /// <summary>What is wrong as a whole; null if nothing is.</summary>
    public string? Message { get; set; }

    /// <summary>Whether somebody changed the payment after the form was rendered.</summary>
    public bool IsOutdated { get; set; }

    public bool HasErrors => Errors.Count > 0 || Message is not null || IsOutdated;

    /// <summary>Adds the rules that a command found broken. A rule of a field that the form does not have becomes part of the message.</summary>
    public void AddErrors(IEnumerable<FieldError> errors)
    {
        foreach (var error in errors)
        {
            if (Has(error.Field))
            {
                Errors.TryAdd(error.Field, Rule(error));
            }
            else
            {
                Message = $"{Message} {error.Field} {error.Rule}.".TrimStart();
            }
        }
    }

    protected abstract bool Has(string field);

    protected virtual string Rule(FieldError error) => error.Rule;
}

/// <summary>The form of a new adjustment. The amount is in major units, and the time is in the reader's time zone.</summary>
internal sealed partial class AdjustmentForm : PaymentForm
{
    // As deep as a raw in a request of the API may be.
    private static readonly JsonDocumentOptions RawOptions = new() { MaxDepth = 31, AllowDuplicateProperties = false };
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required string Asset { get; init; }
    public string Status { get; init; } = "REFUNDED";
    public string Amount { get; init; } = "";
    public string Reference { get; init; } = "";
    public string CreatedAt { get; init; } = "";

    /// <summary>The offset of the time that the form began with. In the hour that a clock shows twice, it says which one is meant.</summary>
    public string Offset { get; init; } = "";

    public string Raw { get; init; } = "";

    /// <summary>The empty form. Its time is the current one, but not before the latest adjustment, so that the new one is the last.</summary>
    public static AdjustmentForm New(StoredPayment payment, DateTimeOffset now, TimeZoneInfo zone)
    {
        var latest = new DateTimeOffset(payment.Recorded.Max(adjustment => adjustment.CreatedAt), TimeSpan.Zero);
        var time = latest > now ? latest : now;
        var second = new DateTimeOffset(((time.UtcTicks - 1) / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond) + TimeSpan.TicksPerSecond, TimeSpan.Zero);
        return new() { Version = payment.Version, Asset = payment.Asset, CreatedAt = LocalTime.ToText(second, zone), Offset = $"{zone.GetUtcOffset(second)}" };
    }

    public static AdjustmentForm Read(IFormCollection form, string asset) => new()
    {
        Version = Text(form, VersionName),
        Asset = asset,
        Status = Text(form, "status"),
        Amount = Text(form, "amount").Trim(),
        Reference = Text(form, "reference"),
        CreatedAt = Text(form, "createdAt").Trim(),
        Offset = Text(form, "offset"),
        Raw = Text(form, "raw").Trim(),
    };

    /// <summary>What was typed, to be added to the payment as it is now.</summary>
    public AdjustmentForm Over(string version)
    {
        Version = IsOutdated ? version : Version;
        return this;
    }

    /// <summary>The command. A time without an offset is in the reader's time zone.</summary>
    /// <exception cref="ValidationException">The raw is not a JSON object.</exception>
    public AdjustPaymentCommand ToCommand(PaymentId id, TimeZoneInfo zone)
    {
        // A text that is no amount must not be taken for minor units, so it is replaced by one that never is.
        var amount = Amount.Length == 0 ? null : AmountText.Parse(Amount, Asset) ?? "-";
        TimeSpan? offset = TimeSpan.TryParse(Offset, CultureInfo.InvariantCulture, out var shown) ? shown : null;
        var createdAt = LocalTime.TryParse(CreatedAt, zone, out var time, offset) ? LocalTime.ToRfc3339(time) : CreatedAt;
        return new AdjustPaymentCommand
        {
            PaymentId = id,
            Reference = Reference,
            CreatedAt = createdAt,
            Status = Status,
            Amount = amount,
            Raw = Raw.Length > 0 ? ReadRaw() : DefaultRaw(createdAt, amount),
            ExpectedVersions = [Version],
        };
    }

    protected override bool Has(string field) => field is "status" or "amount" or "reference" or "createdAt" or "raw";

    protected override string Rule(FieldError error) => error.Field == "amount" && Amount.Length > 0 && AmountText.Parse(Amount, Asset) is null
        ? AmountText.Rule(Asset)
        : error.Field == "amount" ? MinorUnitsOfRule().Replace(error.Rule, digits => $"{AmountText.ToInput(digits.Value, Asset)} {AmountText.Currency(Asset)}")
        : error.Field == "reference" && Reference.Length == 0 ? "is required"
        : error.Rule;

    // The domain's rules name amounts in minor units, but the form has major units.
    [GeneratedRegex("(?<=^must be (at most )?)[0-9]+(?=,)")]
    private static partial Regex MinorUnitsOfRule();

    private static string Text(IFormCollection form, string name) => form[name] is [var value] ? value ?? "" : "";

    private string ReadRaw()
    {
        try
        {
            using var document = JsonDocument.Parse(Raw, RawOptions);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.GetRawText() : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new ValidationException([new("raw", "must be a JSON object")]);
        }
    }

    // As in the API, the request itself.
    private string DefaultRaw(string createdAt, string? amount)
    {
        var raw = new JsonObject { ["reference"] = Reference, ["createdAt"] = createdAt, ["status"] = Status };
        if (amount is not (null or "-"))
        {
            raw["amount"] = JsonNode.Parse(amount);
        }

        return raw.ToJsonString(Readable);
    }
}

/// <summary>An entry in the form of the metadata.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">What was typed.</param>
/// <param name="Was">The value that the form was rendered with.</param>
/// <param name="IsRemoved">Whether the entry is to be removed.</param>
/// <param name="Now">What is recorded now, if somebody else changed it; null otherwise.</param>
internal sealed record MetadataEntry(string Key, string Value, string Was, bool IsRemoved = false, string? Now = null)
{
    /// <summary>Whether the value needs several lines.</summary>
    public bool HasLines => Value.AsSpan().ContainsAny('\r', '\n') || Was.AsSpan().ContainsAny('\r', '\n');

    /// <summary>Whether something else was typed. A browser changes line breaks.</summary>
    public bool IsChanged => Lines(Value) != Lines(Was);

    public static string Lines(string text) => text.ReplaceLineEndings("\n");
}

/// <summary>The form of the metadata.</summary>
internal sealed class MetadataForm : PaymentForm
{
    /// <summary>The size of the largest form: 50 keys of 100 characters, and each value of 1000 as it was and as it is now. A browser sends a character as
    /// up to 12 bytes.</summary>
    public const int MaxBytes = 2 * 1024 * 1024;

    public required IReadOnlyList<MetadataEntry> Entries { get; init; }
    public string NewKey { get; init; } = "";
    public string NewValue { get; init; } = "";

    /// <summary>The form of the current metadata.</summary>
    public static MetadataForm Of(Metadata metadata, string version) => new()
    {
        Version = version,
        Entries = [.. Sorted(metadata.Entries).Select(entry => new MetadataEntry(entry.Key, entry.Value, entry.Value))],
    };

    public static MetadataForm Read(IFormCollection form)
    {
        var (keys, values, were) = (form["key"], form["value"], form["was"]);
        var count = Math.Min(keys.Count, Math.Min(values.Count, were.Count));
        return new()
        {
            Version = form[VersionName].ToString(),
            Entries = [.. Enumerable.Range(0, count).Select(
                i => new MetadataEntry(keys[i] ?? "", values[i] ?? "", were[i] ?? "", form["remove"].Contains(keys[i])))],
            NewKey = form["newKey"].ToString(),
            NewValue = form["newValue"].ToString(),
        };
    }

    /// <summary>The command. It has only what was changed, so that it overwrites nothing else.</summary>
    /// <exception cref="ValidationException">The new entry has no key, or one that exists.</exception>
    public UpdateMetadataCommand ToCommand(PaymentId id)
    {
        var changes = new Dictionary<string, string?>();
        foreach (var entry in Entries.Where(entry => entry.IsRemoved || entry.IsChanged))
        {
            changes[entry.Key] = entry.IsRemoved ? null : MetadataEntry.Lines(entry.Value);
        }

        if (Entries.Any(entry => entry.Key == NewKey))
        {
            throw new ValidationException([new("newKey", "already exists; change its value above")]);
        }

        if (NewKey.Length > 0)
        {
            changes[NewKey] = MetadataEntry.Lines(NewValue);
        }
        else if (NewValue.Length > 0)
        {
            throw new ValidationException([new("newKey", Metadata.KeyRule)]);
        }

        return new(id, changes, [Version]);
    }

    /// <summary>What was typed, over what is recorded now.</summary>
    public MetadataForm Over(Metadata now, string version)
    {
        if (!IsOutdated)
        {
            return this;
        }

        List<MetadataEntry> entries = [.. Entries.Select(entry => now.Entries.TryGetValue(entry.Key, out var value)
            ? entry with { Was = value, Value = entry.IsChanged ? entry.Value : value, Now = value == MetadataEntry.Lines(entry.Was) ? null : value }
            : entry with { Was = "", Value = entry.IsChanged ? entry.Value : "", Now = "" })];
        var added = Sorted(now.Entries).Where(entry => Entries.All(typed => typed.Key != entry.Key));
        entries.AddRange(added.Select(entry => new MetadataEntry(entry.Key, entry.Value, entry.Value, Now: entry.Value)));
        // An entry that somebody else removed stays removed unless a value was typed for it.
        return new()
        {
            Version = version,
            Entries = [.. entries.Where(entry => entry.Now is not "" || entry.Value.Length > 0)],
            NewKey = NewKey,
            NewValue = NewValue,
            IsOutdated = true,
        };
    }

    protected override bool Has(string field) => field == "newKey" || Entries.Any(entry => field == $"metadata.{entry.Key}");

    private static IEnumerable<KeyValuePair<string, string>> Sorted(IReadOnlyDictionary<string, string> entries) =>
        entries.OrderBy(entry => entry.Key, StringComparer.Ordinal);
}
