using Microsoft.Extensions.Primitives;

namespace Payments.Api.Hosting;

/// <summary>What every answer tells a browser and a cache that comes upon it.</summary>
internal static class SecurityHeaders
{
    // Nothing of an answer is to be run, shown in a frame or asked for.
    private static readonly StringValues AnswerPolicy = "default-src 'none'; frame-ancestors 'none'";

    // The page of the document has its script and its styles in itself; what it asks for is here.
    private static readonly StringValues PagePolicy =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void UseSecurityHeaders(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            app.UseHsts();
        }

        app.Use((context, next) =>
        {
            context.Response.OnStarting(Add, context);
            return next(context);
        });
    }

    // At the last moment, for an error takes away what was set before it.
    private static Task Add(object state)
    {
        var context = (HttpContext)state;
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments("/swagger") ? PagePolicy : AnswerPolicy;
        if (headers.CacheControl.Count == 0)
        {
            // Money data stays out of caches, save those of the caller itself, which ask each time whether the payment is still as its ETag says.
            headers.CacheControl = headers.ETag.Count > 0 ? "private, no-cache" : "no-store";
        }

        return Task.CompletedTask;
    }
}
