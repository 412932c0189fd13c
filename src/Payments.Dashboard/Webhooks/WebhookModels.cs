using System.Globalization;
using Microsoft.Extensions.Primitives;
using Payments.Application.Webhooks;
using Payments.Dashboard.Forms;
using Payments.Dashboard.Lists;
using Payments.Domain.Events;
using Payments.Domain.Webhooks;

namespace Payments.Dashboard.Webhooks;

/// <summary>The list of endpoints.</summary>
public sealed record WebhooksModel(IReadOnlyList<WebhookEndpoint> Endpoints, IReadOnlyDictionary<WebhookId, WebhookProgress> Progress, PageLinks Pages)
{
    /// <summary>The state of an endpoint and its deliveries.</summary>
    public EndpointHealth HealthOf(WebhookEndpoint endpoint) => EndpointHealth.Of(endpoint, Progress.GetValueOrDefault(endpoint.Id));
}

/// <summary>What a person needs to know about the deliveries to an endpoint.</summary>
/// <param name="Color">The color of the statement.</param>
/// <param name="Text">The state in a word or two.</param>
/// <param name="Explanation">Why, and what to do; null if all is well.</param>
/// <param name="FailingSince">Since when every attempt fails; null if the last one succeeded.</param>
public sealed record EndpointHealth(string Color, string Text, string? Explanation, Instant? FailingSince)
{
    /// <summary>The health of an endpoint.</summary>
    public static EndpointHealth Of(WebhookEndpoint endpoint, WebhookProgress? progress) => (endpoint.State, endpoint.DisabledReason) switch
    {
        (WebhookState.Disabled, DisabledReason.Gone) =>
            new("bad", "Disabled", "The endpoint returned 410 Gone, so the service stopped. Resume it when it accepts events again: it gets the events in between.", progress?.FailingSince),
        (WebhookState.Disabled, _) =>
            new("bad", "Disabled", "Every attempt failed for 5 days, so the service stopped. Fix the endpoint, then resume it: it gets the events in between.", progress?.FailingSince),
        (WebhookState.Paused, _) => new("mute", "Paused", "It gets no events until you resume it. Then it gets the events in between.", null),
        _ when progress?.FailingSince is { } since =>
            new("warn", "Failing", "The last attempt failed. The service tries again, and disables the endpoint after 5 days without a success.", since),
        _ => new("ok", "Delivering", null, null),
    };

    /// <summary>A number of deliveries that was counted up to <see cref="WebhookProgress.MaxCount"/>.</summary>
    public static string Count(int count) => count == WebhookProgress.MaxCount ? "1,000 or more" : count.ToString(CultureInfo.InvariantCulture);
}

/// <summary>An endpoint and its recorded deliveries.</summary>
public sealed record WebhookModel(WebhookEndpoint Endpoint, WebhookProgress? Progress, Instant Now)
{
    /// <summary>The position of the last event.</summary>
    public long LastPosition { get; init; }
    /// <summary>A page of the deliveries, newest event first.</summary>
    public IReadOnlyList<WebhookDelivery> Deliveries { get; init; } = [];
    /// <summary>The state of the shown deliveries; null for all.</summary>
    public DeliveryState? State { get; init; }
    /// <summary>The other pages of deliveries.</summary>
    public PageLinks Pages { get; init; } = new(null, null);
    /// <summary>The form that was rejected; an empty one otherwise.</summary>
    public FormInput Input { get; init; } = new();
    /// <summary>The result of a test; null if none was made.</summary>
    public WebhookAttempt? Test { get; init; }
    /// <summary>What was done just now; null if nothing was.</summary>
    public string? Notice { get; init; }

    /// <summary>The path of the page.</summary>
    public string Path => $"/dashboard/webhooks/{Endpoint.Id}";
    /// <summary>The state of the endpoint and its deliveries.</summary>
    public EndpointHealth Health => EndpointHealth.Of(Endpoint, Progress);
    /// <summary>The kinds in words.</summary>
    public string Kinds => KindsOf(Endpoint);
    /// <summary>When the earlier secret expires; null if no rotation is open.</summary>
    public Instant? PreviousSecretExpiresAt => Endpoint.Secrets.OpenUntil(Now);
    /// <summary>The form that recovers deliveries, by default those of the last day.</summary>
    public FormInput Recovery => Input.ErrorsOf("since").Any() ? Input : new(("since", Now.Utc.AddDays(-1).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)));

    /// <summary>The kinds that an endpoint gets, in words.</summary>
    public static string KindsOf(WebhookEndpoint endpoint) => endpoint.Settings.Types is { Count: > 0 } types ? string.Join(", ", types) : "all events";

    /// <summary>Reads the position of an event.</summary>
    /// <exception cref="ValidationException">It is not a position.</exception>
    public static long ReadPosition(string text) => long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
        ? position
        : throw new ValidationException([new("position", "must be the position of an event, digits only")]);

    /// <summary>What an action did, from the parameters that it redirects with; null for other parameters.</summary>
    public static string? NoticeOf(string? done, string? count) => done switch
    {
        "saved" => "The settings are saved. Attempts that begin more than a second later use them.",
        "paused" => "The endpoint is paused. It gets no events until you resume it.",
        "resumed" => "The endpoint is resumed. It gets the events in between.",
        "resent" => "The event is sent again within a second.",
        "recovered" when int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number) =>
            number == 0 ? "No delivery failed since this time." : $"{number.ToString("N0", CultureInfo.InvariantCulture)} {(number == 1 ? "delivery is" : "deliveries are")} sent again.",
        _ => null,
    };

    /// <summary>The color of a state.</summary>
    public static string ColorOf(DeliveryState state) => state switch
    {
        DeliveryState.Delivered => "ok",
        DeliveryState.Pending => "wait",
        _ => "bad",
    };

    /// <summary>The result of an attempt in a word: its status or that there was no response.</summary>
    public static string ResultOf(WebhookAttempt attempt) => attempt.Status is { } status ? status.ToString(CultureInfo.InvariantCulture) : "No response";
}

/// <summary>The form of an endpoint; null for a new one.</summary>
public sealed record WebhookForm(FormInput Input, WebhookEndpoint? Endpoint)
{
    /// <summary>The fields.</summary>
    public static IReadOnlyList<string> Fields { get; } = ["url", "types", "description", "ordered"];

    /// <summary>The path that the form is sent to.</summary>
    public string Action => Endpoint is null ? "/dashboard/webhooks/new" : $"/dashboard/webhooks/{Endpoint.Id}/edit";
    /// <summary>The title.</summary>
    public string Title => Endpoint is null ? "Add endpoint" : "Edit endpoint";
    /// <summary>The page to go back to.</summary>
    public string Back => Endpoint is null ? "/dashboard/webhooks" : $"/dashboard/webhooks/{Endpoint.Id}";
    /// <summary>The names of all kinds of events.</summary>
    public static IReadOnlyList<string> Kinds => WireName<EventKind>.All;

    /// <summary>The form with the settings of an endpoint.</summary>
    public static FormInput Of(WebhookEndpoint endpoint)
    {
        (string Name, StringValues Values)[] settings =
        [
            ("url", endpoint.Settings.Url.Text),
            ("types", new StringValues([.. endpoint.Settings.Types])),
            ("description", endpoint.Settings.Description?.Text),
            ("ordered", endpoint.Settings.IsOrdered ? "true" : ""),
        ];
        return new([.. settings, .. settings.Select(setting => (ShownName(setting.Name), setting.Values))]);
    }

    /// <summary>The name of the hidden field with the value that a field had at first.</summary>
    public static string ShownName(string field) => $"{field}-shown";

    /// <summary>The settings that the form changes. What somebody else changed since the form was shown stays.</summary>
    public static UpdateWebhookCommand Changes(WebhookId id, FormInput form)
    {
        return new(
            id,
            IsChanged("url") ? form.Text("url").Trim() : null,
            IsChanged("types") ? form.All("types") : null,
            IsChanged("description") ? form.Text("description") : null,
            IsChanged("ordered") ? form.IsChecked("ordered") : null);

        bool IsChanged(string field) => !form.All(field).ToHashSet().SetEquals(form.All(ShownName(field)));
    }
}

/// <summary>The page that shows a secret once.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="IsNew">Whether the endpoint is new; otherwise its secret was rotated.</param>
public sealed record SecretModel(WebhookEndpoint Endpoint, bool IsNew)
{
    /// <summary>The secret.</summary>
    public string Secret => Endpoint.Secrets.Current.Text;
    /// <summary>The page of the endpoint.</summary>
    public string Path => $"/dashboard/webhooks/{Endpoint.Id}";
}
