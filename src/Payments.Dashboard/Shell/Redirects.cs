namespace Payments.Dashboard.Shell;

internal static class Redirects
{
    /// <summary>Shows another page after a form. The browser gets it with GET, so loading it again does not repeat the form.</summary>
    public static IActionResult SeeOther(this ControllerBase controller, string path)
    {
        controller.Response.Headers.Location = path;
        return new StatusCodeResult(StatusCodes.Status303SeeOther);
    }
}
