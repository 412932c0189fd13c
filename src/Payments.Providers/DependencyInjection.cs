using Microsoft.Extensions.DependencyInjection;
using Payments.Providers.Adyen;
using Payments.Providers.Stripe;

namespace Payments.Providers;

/// <summary>Registers the providers.</summary>
public static class DependencyInjection
{
    /// <summary>Adds the webhooks and the reports of each provider. A further provider is one line for each.</summary>
    public static IServiceCollection AddProviders(this IServiceCollection services) => services
        .AddSingleton<IProviderWebhooks, StripeWebhooks>()
        .AddSingleton<IProviderReport, StripeBalanceReport>()
        .AddSingleton<IProviderWebhooks, AdyenWebhooks>()
        .AddSingleton<IProviderReport, AdyenSettlementReport>();
}
