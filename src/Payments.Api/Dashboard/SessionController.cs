using Microsoft.AspNetCore.Authentication;
using Payments.Api.Authentication;
using Payments.Dashboard.Forms;
using Payments.Dashboard.Session;
using Payments.Dashboard.Shell;

namespace Payments.Api.Dashboard;

/// <summary>Signs people in and out.</summary>
[Route("dashboard"), AllowAnonymous]
public sealed class SessionController : DashboardController
{
    private const string SignedOut = "signedOut";

    // A controller is public, so its constructor cannot have internal types.
    private Sessions Current => HttpContext.RequestServices.GetRequiredService<Sessions>();

    private SignInMethod Method => SecureCookies.IsSafe(HttpContext) ? Current.Method : SignInMethod.NotEncrypted;

    /// <summary>Shows the sign-in page.</summary>
    [HttpGet("sign-in")]
    public async Task<ViewResult> ShowSignIn() => SignInPage(
        LocalUrl.OrHome(Request.Query["returnUrl"]),
        isSignedOut: Request.Query.ContainsKey(SignedOut) && !(await HttpContext.AuthenticateAsync(DashboardScope.Scheme)).Succeeded);

    /// <summary>Signs in with a name and a password.</summary>
    [HttpPost("sign-in")]
    public async Task<IActionResult> SignInWithPassword()
    {
        if (Method != SignInMethod.Password)
        {
            return NotFound();
        }

        var form = FormInput.Read(Request);
        string name = form.Text("name"), returnUrl = LocalUrl.OrHome(form.Text("returnUrl"));
        try
        {
            if (await Current.Users.FindAsync(name, form.Text("password"), Caller.NetworkOf(HttpContext), HttpContext.RequestAborted) is { } user)
            {
                await Current.SignInAsync(HttpContext, user.Id, user.Scopes);
                return LocalRedirect(returnUrl);
            }

            Response.StatusCode = StatusCodes.Status400BadRequest;
            return SignInPage(returnUrl, name, "The user name or the password is wrong.");
        }
        catch (TooManyFailedAttemptsException)
        {
            Response.StatusCode = StatusCodes.Status429TooManyRequests;
            Response.Headers.RetryAfter = $"{Credentials.RetryAfterSeconds}";
            return SignInPage(returnUrl, name, $"Too many failed attempts. The password was not checked; try again in {Credentials.RetryAfterSeconds} seconds.");
        }
    }

    /// <summary>Signs in with one click, in Development only.</summary>
    [HttpPost("sign-in/development")]
    public async Task<IActionResult> SignInForDevelopment()
    {
        if (Method != SignInMethod.OneClick)
        {
            return NotFound();
        }

        await Current.SignInAsync(HttpContext, "developer", Scope.All);
        return LocalRedirect(LocalUrl.OrHome(FormInput.Read(Request).Text("returnUrl")));
    }

    /// <summary>Goes to the authority. It is a link, because the security policy of the pages does not let a form lead to another host.</summary>
    [HttpGet("sign-in/authority")]
    public async Task<IActionResult> SignInAtAuthority()
    {
        if (Method != SignInMethod.Authority)
        {
            return NotFound();
        }

        try
        {
            await HttpContext.ChallengeAsync(AuthoritySignIn.Scheme, new AuthenticationProperties { RedirectUri = LocalUrl.OrHome(Request.Query["returnUrl"]) });
            return new EmptyResult();
        }
        catch (Exception e) when (AuthoritySignIn.IsUnavailable(e))
        {
            return Error(AuthoritySignIn.Unavailable);
        }
    }

    /// <summary>Ends the session.</summary>
    [HttpPost("sign-out")]
    public async Task<IActionResult> SignOutOfDashboard()
    {
        await HttpContext.SignOutAsync(DashboardScope.Scheme);
        return LocalRedirect($"{Sessions.SignInPath}?{SignedOut}=true");
    }

    private ViewResult SignInPage(string returnUrl, string name = "", string? error = null, bool isSignedOut = false) => View("SignIn", new SignInModel(
        Method, returnUrl, Current.AuthorityHost, name, error, isSignedOut));
}
