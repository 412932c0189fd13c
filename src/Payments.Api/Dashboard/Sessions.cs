using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Payments.Api.Authentication;
using Payments.Dashboard.Session;
using Payments.Dashboard.Shell;

namespace Payments.Api.Dashboard;

/// <summary>The sessions of signed-in people: an encrypted cookie that counts under <c>/dashboard</c> only.</summary>
internal sealed class Sessions : IDisposable
{
    public const string SignInPath = "/dashboard/sign-in";

    /// <summary>The header of a request that a page sends without its reader.</summary>
    public const string LiveHeader = "X-Payments-Live";

    private const string StartClaim = "auth_time";
    private const string StampClaim = "stamp";

    /// <summary>A session ends after this time without a request.</summary>
    public static readonly TimeSpan IdleLifetime = TimeSpan.FromHours(1);

    /// <summary>A session ends after this time in any case.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private readonly AuthenticationSettings _authentication;
    private readonly DashboardSettings _settings;
    private readonly TimeProvider _clock;

    public Sessions(IOptions<DashboardSettings> settings, IOptions<AuthenticationSettings> authentication, IHostEnvironment environment, TimeProvider clock)
    {
        (_settings, _authentication, _clock) = (settings.Value, authentication.Value, clock);
        Method = _settings.HasAuthority ? (_settings.ClientId.Length > 0 ? SignInMethod.Authority : SignInMethod.NotSetUp)
            : _settings.Users.Count > 0 ? SignInMethod.Password
            : environment.IsDevelopment() ? SignInMethod.OneClick
            : SignInMethod.NotSetUp;
        Users = new([.. _settings.Users.Values.Select(user => new Credential(user.Name, "", user.PasswordHash, user.Scopes, isPassword: true))]);
    }

    /// <summary>How people sign in over a connection that is safe.</summary>
    public SignInMethod Method { get; }

    /// <summary>The host of the authority; empty if there is none.</summary>
    public string AuthorityHost => _settings.HasAuthority ? new Uri(_authentication.Authority).Host : "";

    /// <summary>The users of the settings.</summary>
    public Credentials Users { get; }

    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<Sessions>();
        services.AddAuthentication().AddCookie(DashboardScope.Scheme, cookie =>
        {
            cookie.Cookie.Name = "payments-dashboard";
            cookie.Cookie.Path = "/dashboard";
            cookie.Cookie.HttpOnly = true;
            // Strict would lose the session that a redirect from the authority has just begun.
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.ExpireTimeSpan = IdleLifetime;
            cookie.SlidingExpiration = true;
            cookie.Events = new CookieAuthenticationEvents
            {
                OnValidatePrincipal = context => context.HttpContext.RequestServices.GetRequiredService<Sessions>().ValidateAsync(context),
                // An open page requests new events all the time, and must not keep a session alive that nobody uses.
                OnCheckSlidingExpiration = context =>
                {
                    context.ShouldRenew &= !context.Request.Headers.ContainsKey(LiveHeader);
                    return Task.CompletedTask;
                },
                OnRedirectToLogin = context =>
                {
                    var request = context.Request;
                    if (ErrorPage.IsExpected(request))
                    {
                        // The URL that a form is sent to has no page.
                        context.Response.Redirect(
                            SignInPath + (HttpMethods.IsGet(request.Method) ? $"?returnUrl={Uri.EscapeDataString(request.Path + request.QueryString)}" : ""));
                    }
                    else
                    {
                        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                    }

                    return Task.CompletedTask;
                },
                OnRedirectToAccessDenied = context =>
                {
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    return Task.CompletedTask;
                },
            };
        });
        services.AddAuthorizationBuilder()
            .AddPolicy(DashboardScope.Read, policy => policy.AddAuthenticationSchemes(DashboardScope.Scheme).RequireAssertion(context => context.User.HasScope(Scope.Read)))
            .AddPolicy(DashboardScope.Write, policy => policy.AddAuthenticationSchemes(DashboardScope.Scheme).RequireAssertion(context => context.User.HasScope(Scope.Write)));
    }

    /// <summary>Begins a session.</summary>
    public Task SignInAsync(HttpContext context, string name, IEnumerable<string> scopes) => context.SignInAsync(DashboardScope.Scheme, Create(name, scopes));

    /// <summary>The user of a new session. Its id makes the antiforgery tokens of earlier sessions useless.</summary>
    public ClaimsPrincipal Create(string name, IEnumerable<string> scopes) => new(new ClaimsIdentity(
        [
            new(ClaimTypes.Name, name),
            .. scopes.Select(scope => new Claim("scope", scope)),
            new("sid", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))),
            new(StartClaim, $"{_clock.GetUtcNow().ToUnixTimeSeconds()}"),
            new(StampClaim, Stamp(name)),
        ],
        DashboardScope.Scheme));

    public void Dispose() => Users.Dispose();

    private async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var user = context.Principal!;
        var started = DateTimeOffset.FromUnixTimeSeconds(long.Parse(user.FindFirstValue(StartClaim)!, CultureInfo.InvariantCulture));
        if (_clock.GetUtcNow() - started >= Lifetime || user.FindFirstValue(StampClaim) != Stamp(user.Identity!.Name!))
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(DashboardScope.Scheme);
        }
    }

    /// <summary>What a session depends on in the settings. If that changes, as when a user is removed or gets another password, the session ends.</summary>
    private string Stamp(string name)
    {
        var basis = Method switch
        {
            SignInMethod.Password when _settings.Users.Values.FirstOrDefault(user => user.Name == name) is { } user => $"{user.PasswordHash}\n{string.Join(' ', user.Scopes)}",
            SignInMethod.Authority => $"{_authentication.Authority}\n{_authentication.Audience}\n{_settings.ClientId}",
            _ => "",
        };
        return $"{Method}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(basis)).AsSpan(0, 8))}";
    }
}
