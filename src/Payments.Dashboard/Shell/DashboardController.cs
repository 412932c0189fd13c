using Microsoft.AspNetCore.Mvc.Filters;
using Payments.Dashboard.Session;

namespace Payments.Dashboard.Shell;

/// <summary>A controller of pages. Every page needs a session, and every write the antiforgery token.</summary>
[Authorize(DashboardScope.Read), AutoValidateAntiforgeryToken, ApiExplorerSettings(IgnoreApi = true)]
public abstract class DashboardController : Controller
{
    /// <summary>Shows a page for an error that concerns the whole page. Errors of a form are shown at its fields, so its action catches them.</summary>
    public override void OnActionExecuted(ActionExecutedContext context)
    {
        var error = context.Exception switch
        {
            NotFoundException e => new ErrorModel(StatusCodes.Status404NotFound, "Not found", e.Message),
            ValidationException e => new ErrorModel(StatusCodes.Status400BadRequest, "This page cannot be shown", string.Join(" ", e.Errors.Select(error => $"{error.Field} {error.Rule}."))),
            UnavailableException => new ErrorModel(StatusCodes.Status503ServiceUnavailable, "The database is not available", "Load this page again in a moment."),
            _ => null,
        };
        if (error is not null)
        {
            context.Result = Error(error);
            context.ExceptionHandled = true;
        }
    }

    /// <summary>Shows a page for an error.</summary>
    protected ViewResult Error(ErrorModel error)
    {
        Response.StatusCode = error.Status;
        return View(ErrorPage.View, error);
    }
}
