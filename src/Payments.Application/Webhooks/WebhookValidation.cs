
namespace Payments.Application.Webhooks;

internal static class WebhookValidation
{
    /// <summary>Reads a URL, and checks that the service may call it.</summary>
    public static async Task<WebhookUrl> UrlAsync(this Validation validation, IWebhookSender sender, string? text, CancellationToken cancellationToken)
    {
        var url = validation.Required<WebhookUrl>("url", text);
        if (url is not null && await sender.FindDenialAsync(url, cancellationToken) is { } refusal)
        {
            validation.Add("url", refusal);
        }

        return url!;
    }

    /// <summary>Reads the kinds of events; none means all.</summary>
    public static EventKind Kinds(this Validation validation, IReadOnlyList<string>? types)
    {
        var kinds = default(EventKind);
        for (var i = 0; i < types?.Count; i++)
        {
            kinds |= validation.RequiredName<EventKind>($"types[{i}]", types[i]);
        }

        return kinds;
    }
}
