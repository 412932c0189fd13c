using Payments.Domain.Events;

namespace Payments.Domain.Webhooks;

/// <summary>An endpoint of another system, which the service calls for each event.</summary>
/// <param name="Id">The id.</param>
/// <param name="Settings">What a caller sets.</param>
/// <param name="Secrets">The secrets that sign deliveries.</param>
/// <param name="State">Whether events are delivered.</param>
/// <param name="DisabledReason">Why the service disabled the endpoint; null in every other state.</param>
/// <param name="CreatedAt">When the endpoint was created.</param>
/// <param name="Revision">The number of changes since the creation.</param>
public sealed record WebhookEndpoint(
    WebhookId Id, WebhookSettings Settings, WebhookSecrets Secrets, WebhookState State, DisabledReason? DisabledReason, Instant CreatedAt, int Revision)
{
    /// <summary>Creates an enabled endpoint.</summary>
    public static WebhookEndpoint Create(WebhookId id, WebhookSettings settings, WebhookSecret secret, Instant createdAt) =>
        new(id, settings, new(secret), WebhookState.Enabled, null, createdAt, Revision: 0);

    /// <summary>Stops deliveries until the endpoint is resumed; null if it is already paused.</summary>
    public WebhookEndpoint? Pause() => State == WebhookState.Paused ? null : this with { State = WebhookState.Paused, DisabledReason = null };

    /// <summary>Continues deliveries after the last one; null if the endpoint is enabled.</summary>
    public WebhookEndpoint? Resume() => State == WebhookState.Enabled ? null : this with { State = WebhookState.Enabled, DisabledReason = null };

    /// <summary>Stops deliveries because they fail; null if the endpoint is not enabled.</summary>
    public WebhookEndpoint? Disable(DisabledReason reason) =>
        State == WebhookState.Enabled ? this with { State = WebhookState.Disabled, DisabledReason = reason } : null;

    /// <summary>Replaces the secret. The earlier one also signs for <see cref="WebhookSecrets.Overlap"/>.</summary>
    /// <exception cref="ConflictException">An earlier rotation is still open, or the secret is already in use.</exception>
    public WebhookEndpoint RotateSecret(WebhookSecret secret, Instant now)
    {
        if (Secrets.OpenUntil(now) is { } until)
        {
            throw new ConflictException("A rotation is open.", [new("secret", $"can be replaced again at {until}, when the earlier secret expires")]);
        }

        return Secrets.Current.Text == secret.Text
            ? throw new ConflictException("The secret is already in use.", [new("secret", "must differ from the current secret")])
            : this with { Secrets = new(secret, Secrets.Current, Instant.OfUtc(now.Utc + WebhookSecrets.Overlap)) };
    }
}

/// <summary>What a caller sets of an endpoint.</summary>
/// <param name="Url">Where events are sent to.</param>
/// <param name="Kinds">The kinds of events to deliver; none means all, those of later versions included.</param>
/// <param name="Description">What the endpoint is for; null if it has no description.</param>
/// <param name="IsOrdered">Whether each event waits until the one before it is delivered.</param>
public sealed record WebhookSettings(WebhookUrl Url, EventKind Kinds, WebhookDescription? Description, bool IsOrdered)
{
    /// <summary>The names of the kinds; empty for all.</summary>
    public IReadOnlyList<string> Types => TypesOf(Kinds);

    /// <summary>Whether an event of this kind is delivered.</summary>
    public bool Includes(EventKind kind) => Kinds == default || (Kinds & kind) != 0;

    /// <summary>The names of kinds, in the order of the contract.</summary>
    public static IReadOnlyList<string> TypesOf(EventKind kinds) => [.. WireName<EventKind>.All.Where(name => (kinds & WireName<EventKind>.Parse(name)) != 0)];
}

/// <summary>The secrets of an endpoint.</summary>
/// <param name="Current">The secret that signs.</param>
/// <param name="Previous">The earlier secret, which also signs until it expires; null if there is none.</param>
/// <param name="PreviousExpiresAt">When the earlier secret expires.</param>
public sealed record WebhookSecrets(WebhookSecret Current, WebhookSecret? Previous = null, Instant? PreviousExpiresAt = null)
{
    /// <summary>How long the earlier secret signs after a rotation, so that receivers can replace theirs in this time.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    /// <summary>The end of the current secret, for people. It is known even if the secret itself was lost.</summary>
    public string LastFour { get; init; } = Current.LastFour;

    /// <summary>When the open rotation ends; null if none is open.</summary>
    public Instant? OpenUntil(Instant now) => Previous is not null && PreviousExpiresAt?.Utc > now.Utc ? PreviousExpiresAt : null;

    /// <summary>The secrets that sign now, the current one first.</summary>
    public IReadOnlyList<WebhookSecret> At(Instant now) => OpenUntil(now) is null ? [Current] : [Current, Previous!];
}

/// <summary>Whether events are delivered to an endpoint.</summary>
public enum WebhookState
{
    /// <summary>Events are delivered.</summary>
    [JsonStringEnumMemberName("enabled")] Enabled = 1,
    /// <summary>A caller paused the endpoint. Resuming it delivers the events in between.</summary>
    [JsonStringEnumMemberName("paused")] Paused = 2,
    /// <summary>The service stopped deliveries because they failed. Resuming the endpoint delivers the events in between.</summary>
    [JsonStringEnumMemberName("disabled")] Disabled = 3,
}

/// <summary>Why the service disabled an endpoint.</summary>
public enum DisabledReason
{
    /// <summary>The endpoint returned 410 Gone.</summary>
    [JsonStringEnumMemberName("gone")] Gone = 1,
    /// <summary>Every attempt failed for 5 days.</summary>
    [JsonStringEnumMemberName("failing")] Failing = 2,
}

/// <summary>The id of an endpoint: a UUID in lower case.</summary>
public sealed record WebhookId(Guid Value) : IValueObject<WebhookId>
{
    /// <inheritdoc/>
    public static string Rule => "must be the id of a webhook endpoint, as its creation returned it";

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out WebhookId value)
    {
        value = Guid.TryParseExact(text, "D", out var id) ? new(id) : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");
}

/// <summary>What an endpoint is for, for people.</summary>
public sealed record WebhookDescription : NameOrReference, IValueObject<WebhookDescription>
{
    /// <summary>The max length in Unicode code points.</summary>
    public const int MaxLength = 200;

    private WebhookDescription() { }

    /// <inheritdoc/>
    public static string Rule { get; } = RuleFor(MaxLength);

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out WebhookDescription value) =>
        (value = IsValid(text, MaxLength) ? new() { Text = text } : null) is not null;
}
