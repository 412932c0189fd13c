using Payments.Api.Authentication;
using Payments.Api.Hosting;
using Payments.Application.Events;
using Payments.Domain.Events;

namespace Payments.Api.Events;

internal static class FeedSetup
{
    public static void AddFeed(this IServiceCollection services)
    {
        services.AddSettings<LongPollSettings>("Events");
        services.AddSingleton<LongPolls>();
        services.AddScoped<EventFeed>();
    }

    /// <summary>Records changes with the client of the token as their author.</summary>
    public static void UseClientAsActor(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (!HttpMethods.IsGet(context.Request.Method) && Caller.Of(context).Client is { } client)
        {
            CurrentActor.Value = new(ActorKind.Client, client);
        }

        await next(context);
    });
}
