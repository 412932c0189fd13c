using System.Net;
using Microsoft.Extensions.Options;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Webhooks;

/// <summary>The settings under <c>Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>Internal networks that endpoints can be in, in CIDR notation. Without them, only public addresses are allowed.</summary>
    public SettingList AllowedNetworks { get; set => field = value ?? []; } = [];

    /// <summary>The max number of endpoints.</summary>
    public int MaxEndpoints { get; set; } = 100;

    internal sealed class Validation : IValidateOptions<WebhookOptions>
    {
        public ValidateOptionsResult Validate(string? name, WebhookOptions options)
        {
            var errors = options.AllowedNetworks.Where(network => !IPNetwork.TryParse(network, out _))
                .Select(network => $"Webhooks:AllowedNetworks contains '{network}'. Set it to networks in CIDR notation, such as 10.1.0.0/16 or 10.1.2.3/32.")
                .ToList();
            if (options.MaxEndpoints is < 0 or > 1000)
            {
                errors.Add($"Webhooks:MaxEndpoints is '{options.MaxEndpoints}'. Set it to a number from 0 to 1000.");
            }

            return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
        }
    }
}
