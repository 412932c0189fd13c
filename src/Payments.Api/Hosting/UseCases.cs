using MediatR;
using Payments.Application.Payments;

namespace Payments.Api.Hosting;

internal static class UseCases
{
    public static IServiceCollection AddApplication(this IServiceCollection services)
    {
        // MediatR 5 has no registration of its own.
        services.AddScoped<IMediator>(provider => new Mediator(provider.GetRequiredService));
        foreach (var handler in typeof(CreatePaymentHandler).Assembly.GetTypes())
        {
            foreach (var handled in handler.GetInterfaces().Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IRequestHandler<,>)))
            {
                services.AddScoped(handled, handler);
            }
        }

        return services;
    }
}
