using System.Diagnostics;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Routing;

namespace Payments.Dashboard.Shell;

/// <summary>Shows an error that no action handled, such as a form without its token or an internal error.</summary>
public sealed class ErrorPage(IActionResultExecutor<ViewResult> views, IModelMetadataProvider metadata)
{
    internal const string View = "/Shell/Error.cshtml";

    /// <summary>Whether a request expects a page. A script that reads JSON gets problem details, as in the API.</summary>
    public static bool IsExpected(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        return request.Path.StartsWithSegments("/dashboard")
            && (accept.Contains("text/html", StringComparison.OrdinalIgnoreCase) || !accept.Contains("json", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Writes the page. The status of the response is already set.</summary>
    public Task WriteStatusAsync(HttpContext context, string reason) =>
        WriteAsync(context, ErrorModel.Of(context.Response.StatusCode, reason, HttpMethods.IsPost(context.Request.Method), Activity.Current?.Id ?? context.TraceIdentifier));

    /// <summary>Writes the page of an error.</summary>
    public Task WriteAsync(HttpContext context, ErrorModel error)
    {
        context.Response.StatusCode = error.Status;
        return views.ExecuteAsync(new(context, context.GetRouteData(), new ActionDescriptor()), new()
        {
            ViewName = View,
            ViewData = new ViewDataDictionary<ErrorModel>(metadata, new()) { Model = error },
            TempData = null!,
        });
    }
}
