using System.Text.Json;

namespace Payments.Application.Providers;

/// <summary>Reads the webhooks of one provider. Every method is a pure function: no database, no clock and no network.</summary>
public interface IProviderWebhooks
{
    /// <summary>The provider whose connectors it serves.</summary>
    Provider Provider { get; }
    /// <summary>The body of the response that the provider expects once its events are stored; null if it expects none.</summary>
    string? Acknowledgement { get; }

    /// <summary>The settings of its connectors.</summary>
    IReadOnlyList<ProviderSetting> Settings { get; }

    /// <summary>Reads the settings of a connector: a JSON object, with each secret as a string or an array of up to three.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="mayBeIncomplete">Whether a required setting can be missing. Then webhooks are rejected until it is set.</param>
    /// <exception cref="ValidationException">A setting breaks its rule. The exception names every broken rule and no secret.</exception>
    ProviderSettings ReadSettings(JsonElement settings, bool mayBeIncomplete = false);

    /// <summary>Verifies a request and reads its events. If one signature of a batch is wrong, the whole request is rejected.</summary>
    /// <exception cref="WebhookRejectedException">The request is not authentic or cannot be read. Nothing of it may be stored.</exception>
    IReadOnlyList<ProviderEvent> Receive(ProviderRequest request, ProviderSettings settings, DateTimeOffset now);

    /// <summary>Maps the body of a verified event to commands, or to the reason why there is none. The result depends on nothing else.</summary>
    ProviderOutcome Map(string body, ProviderSettings settings, ConnectorId connector);
}

/// <summary>Finds the webhooks of a provider.</summary>
public static class ProviderWebhooksExtensions
{
    /// <summary>Returns the webhooks of a provider; null if the service does not know them.</summary>
    public static IProviderWebhooks? Of(this IEnumerable<IProviderWebhooks> all, Provider provider) => all.FirstOrDefault(webhooks => webhooks.Provider == provider);
}

/// <summary>A setting of the connectors of a provider.</summary>
/// <param name="Name">The name.</param>
/// <param name="Kind">What its value is.</param>
/// <param name="IsRequired">Whether webhooks are rejected until it is set.</param>
/// <param name="Values">The values of a choice; empty for other kinds.</param>
public sealed record ProviderSetting(string Name, ProviderSettingKind Kind, bool IsRequired, IReadOnlyList<string> Values)
{
    /// <summary>How many secrets a setting can have while one is rotated.</summary>
    public const int MaxSecrets = 3;
}

/// <summary>What the value of a setting is.</summary>
public enum ProviderSettingKind
{
    /// <summary>A secret, or up to <see cref="ProviderSetting.MaxSecrets"/> of them. It is never shown.</summary>
    Secret = 1,
    /// <summary>One of several names.</summary>
    Choice = 2,
    /// <summary>True or false.</summary>
    Flag = 3,
}

/// <summary>The settings of a connector, including its secrets.</summary>
public abstract record ProviderSettings
{
    /// <summary>Whether the connector has the secrets that verify webhooks.</summary>
    public abstract bool CanVerify { get; }

    /// <summary>The name of the type. The values are secrets, so they never appear in a text.</summary>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>A request to a webhook endpoint.</summary>
/// <param name="Header">Returns the value of a header, several values joined with commas; null if it is missing.</param>
/// <param name="Body">The body as it was received, because signatures are over its bytes.</param>
public sealed record ProviderRequest(Func<string, string?> Header, ReadOnlyMemory<byte> Body);

/// <summary>A verified event of a provider.</summary>
/// <param name="Key">Identifies the event within its connector: a repeated delivery has the same key. At most <see cref="MaxKeyLength"/> characters.</param>
/// <param name="Kind">The provider's name of the kind, such as <c>charge.refunded</c>.</param>
/// <param name="Body">The JSON object to keep, exactly as it was received.</param>
public sealed record ProviderEvent(string Key, string Kind, string Body)
{
    /// <summary>The max length of a key in UTF-16 code units.</summary>
    public const int MaxKeyLength = 400;
}

/// <summary>A request to a webhook endpoint is not authentic or cannot be read. The message names no secret and no content of the body.</summary>
public sealed class WebhookRejectedException(string message, bool isUnauthorized = false) : Exception(message)
{
    /// <summary>Whether the provider expects the response "unauthorized" for it instead of "bad request".</summary>
    public bool IsUnauthorized { get; } = isUnauthorized;
}
