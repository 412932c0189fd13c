using System.Text.Json;
using Payments.Application.Connectors;
using Payments.Application.Inbox;
using Payments.Application.Providers;
using Payments.Dashboard.Forms;
using Payments.Dashboard.Lists;
using Payments.Domain.Connectors;

namespace Payments.Dashboard.Connectors;

/// <summary>The installed connectors.</summary>
/// <param name="Connectors">The connectors.</param>
/// <param name="ServiceUrl">The URL of the service, as the browser reached it.</param>
public sealed record ConnectorsModel(IReadOnlyList<ConnectorDescription> Connectors, string ServiceUrl)
{
    /// <summary>The models of the connectors.</summary>
    public IEnumerable<ConnectorModel> Rows => Connectors.Select(connector => new ConnectorModel(connector, ServiceUrl, new()));
}

/// <summary>A connector.</summary>
/// <param name="Description">What is known about it.</param>
/// <param name="ServiceUrl">The URL of the service, as the browser reached it.</param>
/// <param name="Input">The form of the page.</param>
public sealed record ConnectorModel(ConnectorDescription Description, string ServiceUrl, FormInput Input)
{
    /// <summary>A page of the inbox, newest first.</summary>
    public IReadOnlyList<InboxEntry> Entries { get; init; } = [];
    /// <summary>The state of the shown entries; null for all.</summary>
    public InboxState? State { get; init; }
    /// <summary>The other pages of the inbox.</summary>
    public PageLinks Pages { get; init; } = new(null, null);
    /// <summary>Whether the settings were saved just now.</summary>
    public bool IsSaved { get; init; }

    /// <summary>The connector.</summary>
    public Connector Connector => Description.Connector;
    /// <summary>The path of its page.</summary>
    public string Path => PathOf(Connector.Id);
    /// <summary>The URL to enter at the provider.</summary>
    public string WebhookUrl => $"{ServiceUrl}/api/payments/connectors/webhooks/{Connector.Id.Provider}/{Connector.Id}";
    /// <summary>Whether the connector receives webhooks, with the color of the statement.</summary>
    public (string Color, string Text) Webhooks => !Description.HasWebhooks ? ("mute", "Not supported")
        : Description.CanVerify ? ("ok", "Secret set")
        : ("wait", "No secret");
    /// <summary>The numbers of entries that are not applied, without zeros.</summary>
    public IReadOnlyList<(InboxState State, string Count)> Counts
    {
        get
        {
            var counts = Description.Inbox ?? new(0, 0, 0, 0);
            (InboxState State, int Count)[] all =
            [
                (InboxState.Failed, counts.Failed), (InboxState.Waiting, counts.Waiting), (InboxState.Received, counts.Received), (InboxState.Ignored, counts.Ignored),
            ];
            return [.. all.Where(each => each.Count > 0).Select(each => (each.State, each.Count == InboxCounts.Max ? "1,000 or more" : $"{each.Count}"))];
        }
    }

    /// <summary>The fields of the settings.</summary>
    public SettingsForm Settings => new(Description.Settings, Input);

    /// <summary>The path of the page of a connector.</summary>
    public static string PathOf(ConnectorId id) => $"/dashboard/connectors/{id.Provider}/{id}";
}

/// <summary>The form of the settings. Empty secrets stay as they are.</summary>
public sealed record SettingsForm(IReadOnlyList<ConnectorSetting> Settings, FormInput Input)
{
    /// <summary>The check boxes of the settings to remove.</summary>
    public const string Remove = "remove";

    /// <summary>The names of the settings.</summary>
    public IReadOnlyList<string> Names => [.. Settings.Select(setting => setting.Definition.Name)];

    /// <summary>The label of a setting: <c>Webhook secret</c> for <c>webhookSecret</c>.</summary>
    public static string LabelOf(string name) =>
        string.Concat(name.Select((c, i) => i == 0 ? char.ToUpperInvariant(c).ToString() : char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : c.ToString()))
            .Replace("Hmac", "HMAC", StringComparison.Ordinal);

    /// <summary>Whether a secret is set.</summary>
    public static string StateOf(ConnectorSetting setting) => setting.SecretCount switch
    {
        0 => "Not set.",
        1 => "One is set.",
        var count => $"{count} are set.",
    };

    /// <summary>The hint of a secret's field: whether it is set, and what an empty field does.</summary>
    public static string HintOf(ConnectorSetting setting) =>
        StateOf(setting) + (setting.SecretCount == 0 ? " Once saved, it is never shown." : " Secrets are never shown. Leave the field empty to keep what is set.");

    /// <summary>The value to show of a choice or a flag: what was typed or, in a new form, what is stored.</summary>
    public string ValueOf(ConnectorSetting setting) => Input.Errors.Count > 0 ? Input.Text(setting.Definition.Name) : setting.Value ?? "";

    /// <summary>The changes for the API: null removes a setting, and a secret that was left empty is not named.</summary>
    internal static IReadOnlyDictionary<string, JsonElement> Changes(FormInput form, IReadOnlyList<ConnectorSetting> settings)
    {
        var changes = new Dictionary<string, JsonElement>();
        foreach (var definition in settings.Select(setting => setting.Definition))
        {
            var values = form.All(definition.Name);
            if (form.IsChecked(Remove, definition.Name))
            {
                Add(null);
            }
            else if (definition.Kind == ProviderSettingKind.Flag)
            {
                Add(form.IsChecked(definition.Name) ? true : null);
            }
            else if (definition.Kind == ProviderSettingKind.Choice)
            {
                Add(form.Given(definition.Name));
            }
            else if (values.Count > 0)
            {
                Add(values.Count == 1 ? values[0] : values);
            }

            void Add(object? value) => changes.Add(definition.Name, JsonSerializer.SerializeToElement(value));
        }

        return changes;
    }
}

/// <summary>An entry of the inbox.</summary>
public sealed record InboxEntryModel(InboxEntry Entry, Connector Connector, FormInput Input, bool IsRetried)
{
    /// <summary>The path of the page of the connector.</summary>
    public string ConnectorPath => ConnectorModel.PathOf(Connector.Id);
    /// <summary>What the state means, and what happens next.</summary>
    public string Explanation => Entry.State switch
    {
        InboxState.Received => "The event is stored. The service applies it in a moment.",
        InboxState.Applied => "The event is part of its payment's history.",
        InboxState.Ignored => "The event changes no payment, or says nothing new.",
        InboxState.Waiting => "The payment of this event is not recorded yet. The service applies the event when it is.",
        _ => "The event contradicts its payment, or lacks a value. The service applies it again when its payment changes.",
    };
}

/// <summary>The states of inbox entries.</summary>
public static class InboxFilter
{
    /// <summary>The color of a state.</summary>
    public static string ColorOf(InboxState state) => state switch
    {
        InboxState.Applied => "ok",
        InboxState.Failed => "bad",
        InboxState.Waiting => "wait",
        _ => "mute",
    };

    /// <summary>The name of a state in words.</summary>
    public static string TextOf(InboxState state) => state.ToString();
}
