using Payments.Api.Authentication;
using Payments.Api.Hosting;
using Payments.Application.Events;

namespace Payments.Api.Events;

internal static class FeedSetup
{
    public static void AddFeed(this IServiceCollection services)
    {
        services.AddSettings<LongPollSettings>("Events");
        services.AddSingleton<LongPolls>();
        services.AddScoped<EventFeed>();
    }

    /// <summary>Records changes with the client of the token, or the user of the session, as their author.</summary>
    public static void UseCallerAsActor(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (!HttpMethods.IsGet(context.Request.Method) && Caller.Of(context).Actor is { } actor)
        {
            CurrentActor.Value = actor;
        }

        await next(context);
    });
}
