using Microsoft.Extensions.DependencyInjection;
using Payments.Application.Inbox;
using Payments.Application.Payments;
using Payments.Application.Reports;
using Payments.Application.Totals;
using Payments.Application.Webhooks;

namespace Payments.Application;

/// <summary>Registers the use cases.</summary>
public static class DependencyInjection
{
    /// <summary>Adds <see cref="IMediator"/>, every handler of this assembly and the metrics of recorded payments.</summary>
    public static IServiceCollection AddApplication(this IServiceCollection services)
    {
        // MediatR 5 cannot register itself.
        services.AddScoped<IMediator>(provider => new Mediator(provider.GetRequiredService));
        foreach (var handler in typeof(DependencyInjection).Assembly.GetTypes())
        {
            foreach (var handled in handler.GetInterfaces().Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IRequestHandler<,>)))
            {
                services.AddScoped(handled, handler);
            }
        }

        return services
            .AddSingleton<IWebhookEvents, WebhookEvents>()
            .AddSingleton<WebhookWorker>()
            .AddSingleton<InboxProcessor>()
            .AddSingleton<InboxWorker>()
            .AddSingleton<TotalsWorker>()
            .AddScoped<IPipelineBehavior<CreatePaymentCommand, RecordedPayment>, PaymentMetrics<CreatePaymentCommand>>()
            .AddScoped<IPipelineBehavior<AdjustPaymentCommand, RecordedPayment>, PaymentMetrics<AdjustPaymentCommand>>()
            .AddScoped<IPipelineBehavior<ImportPaymentCommand, RecordedPayment>, PaymentMetrics<ImportPaymentCommand>>()
            .AddScoped<IPipelineBehavior<RecordReportLineCommand, RecordedPayment>, PaymentMetrics<RecordReportLineCommand>>();
    }
}
