using Microsoft.Extensions.Primitives;

namespace Payments.Api.Hosting;

internal static class SecurityHeaders
{
    private static readonly StringValues ResponsePolicy = "default-src 'none'; frame-ancestors 'none'";

    // Swagger UI has inline scripts and styles, and calls the API of this service only.
    private static readonly StringValues SwaggerPolicy =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // No inline scripts and styles, and nothing from other hosts.
    private static readonly StringValues DashboardPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static void UseSecurityHeaders(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            app.UseHsts();
        }

        app.Use((context, next) =>
        {
            // The exception handler clears headers that were set earlier.
            context.Response.OnStarting(Add, context);
            return next(context);
        });
    }

    private static Task Add(object state)
    {
        var context = (HttpContext)state;
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments("/swagger") ? SwaggerPolicy
            : context.Request.Path.StartsWithSegments("/dashboard") ? DashboardPolicy
            : ResponsePolicy;
        if (headers.CacheControl.Count == 0)
        {
            // Payment data must not be cached. A response with an ETag may be, by the client itself, which revalidates it each time.
            headers.CacheControl = headers.ETag.Count > 0 ? "private, no-cache" : "no-store";
        }

        return Task.CompletedTask;
    }
}
