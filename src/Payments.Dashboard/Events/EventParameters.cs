using System.Globalization;
using Payments.Application.Events;
using Payments.Dashboard.Formatting;
using Payments.Dashboard.Forms;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Events;
using Payments.Domain.Webhooks;

namespace Payments.Dashboard.Events;

/// <summary>Reads the filter of events from the URL.</summary>
internal static class EventParameters
{
    public const string Kind = "kind";
    public const string ActorName = "actor";
    public const string From = "from";
    public const string Until = "until";
    public const string Subject = "subject";
    public const string Before = "before";

    private const string TimeRule = "must be a date such as 2024-05-01, or a time with an offset such as 2024-05-01T12:00:00Z";

    /// <exception cref="ValidationException">A parameter breaks its rule.</exception>
    public static (EventFilter Filter, long Before) Read(FormInput parameters, TimeZoneInfo zone)
    {
        var validation = new Validation();
        var kinds = parameters.All(Kind).Aggregate(default(EventKind), (all, name) => all | validation.RequiredName<EventKind>(Kind, name));
        var (actorKind, actorName) = ReadActor(parameters.Text(ActorName).Trim(), validation);
        var before = long.MaxValue;
        validation.AddIf(
            parameters.Given(Before) is { } text && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out before), Before, "must be the position of an event, digits only");
        var filter = new EventFilter
        {
            Kinds = kinds,
            ActorKind = actorKind,
            ActorName = actorName,
            From = ReadTime(From, days: 0),
            Until = ReadTime(Until, days: 1),
            Subject = ReadSubject(parameters.Text(Subject).Trim(), validation),
        };
        validation.ThrowIfInvalid();
        return (filter, before);

        Instant? ReadTime(string name, int days)
        {
            if (parameters.Text(name).Trim() is not { Length: > 0 } text)
            {
                return null;
            }

            if (Instant.TryParse(text, out var time))
            {
                return time;
            }

            // A date is a whole day of the reader's time zone.
            if (text.Length == "yyyy-MM-dd".Length && LocalTime.TryParse(text, zone, out var date))
            {
                return new Instant(LocalTime.StartOfDay(date, zone, -days));
            }

            validation.Add(name, TimeRule);
            return null;
        }
    }

    /// <summary>A kind, such as <c>user</c>, or a kind and a name, such as <c>client:shop</c>.</summary>
    private static (ActorKind? Kind, string? Name) ReadActor(string text, Validation validation)
    {
        if (text.Length == 0)
        {
            return (null, null);
        }

        var parts = text.Split(':', 2);
        if (WireName<ActorKind>.TryParse(parts[0], out var kind))
        {
            return (kind, parts is [_, { Length: > 0 } name] ? name : null);
        }

        validation.Add(ActorName, $"must be a kind and a name, such as client:shop; the kinds are {string.Join(", ", WireName<ActorKind>.All)}");
        return (null, null);
    }

    private static object? ReadSubject(string text, Validation validation)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (PaymentId.TryParse(text, out var payment))
        {
            return payment;
        }

        if (AccountId.TryParse(text, out var account))
        {
            return account;
        }

        if (ConnectorId.TryParse(text, out var connector))
        {
            return connector;
        }

        validation.AddIf(!WebhookId.TryParse(text, out var webhook), Subject, "must be the id of a payment, an account, a connector or a webhook endpoint");
        return webhook;
    }
}
