using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Hosting;
using Payments.Dashboard.Shell;

namespace Payments.Dashboard.Session;

/// <summary>Signs people in and out.</summary>
[Route("dashboard"), AllowAnonymous]
public sealed class SessionController(IHostEnvironment environment) : DashboardController
{
    /// <summary>Shows the sign-in page.</summary>
    [HttpGet("sign-in")]
    public IActionResult ShowSignIn(string? returnUrl) => View("SignIn", new SignInModel(environment.IsDevelopment(), LocalUrl(returnUrl)));

    /// <summary>Signs in with one click, in Development only.</summary>
    [HttpPost("sign-in/development")]
    public async Task<IActionResult> SignInForDevelopment()
    {
        if (!environment.IsDevelopment())
        {
            return NotFound();
        }

        await SessionCookie.SignInAsync(HttpContext, "developer", ["payments:read", "payments:write"]);
        return LocalRedirect(LocalUrl(Request.Form["returnUrl"]));
    }

    /// <summary>Ends the session.</summary>
    [HttpPost("sign-out")]
    public async Task<IActionResult> SignOutOfDashboard()
    {
        await HttpContext.SignOutAsync(DashboardScope.Scheme);
        return LocalRedirect(SessionCookie.SignInPath);
    }

    private string LocalUrl(string? url) => Url.IsLocalUrl(url) && url.StartsWith("/dashboard", StringComparison.Ordinal) ? url : "/dashboard";
}

/// <summary>The sign-in page.</summary>
public sealed record SignInModel(bool IsDevelopment, string ReturnUrl);
