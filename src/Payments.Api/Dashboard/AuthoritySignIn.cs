using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Payments.Api.Authentication;
using Payments.Dashboard.Session;
using Payments.Dashboard.Shell;
using TokenValidatedContext = Microsoft.AspNetCore.Authentication.OpenIdConnect.TokenValidatedContext;

namespace Payments.Api.Dashboard;

/// <summary>Sign-in at the authority with OpenID Connect: the authorization code flow with PKCE, on the server.</summary>
/// <remarks>The session has the scopes of the access token, which is validated as the API validates it. So a person can do here what the token could do there.</remarks>
internal static partial class AuthoritySignIn
{
    public const string Scheme = "Authority";
    public const string CallbackPath = $"{Sessions.SignInPath}/callback";

    public static void Add(IServiceCollection services)
    {
        services.AddAuthentication().AddOpenIdConnect(Scheme, _ => { });
        services.AddOptions<OpenIdConnectOptions>(Scheme).Configure<IOptions<DashboardSettings>, IOptions<AuthenticationSettings>>(
            (oidc, settings, authentication) => Configure(oidc, settings.Value, authentication.Value));
    }

    /// <summary>Whether the authority could not be reached.</summary>
    public static bool IsUnavailable(Exception? exception) => exception is not null
        && (exception is HttpRequestException or TaskCanceledException or IOException || IsUnavailable(exception.InnerException));

    public static ErrorModel Unavailable { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "The sign-in server does not respond", "Try again in a moment. If it continues, tell your administrator.");

    private static void Configure(OpenIdConnectOptions oidc, DashboardSettings settings, AuthenticationSettings authentication)
    {
        oidc.Authority = authentication.Authority;
        // The settings allow http in Development only.
        oidc.RequireHttpsMetadata = authentication.Authority.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
        oidc.ClientId = settings.ClientId;
        oidc.ClientSecret = settings.ClientSecret.Length > 0 ? settings.ClientSecret : null;
        oidc.SignInScheme = DashboardScope.Scheme;
        oidc.ResponseType = OpenIdConnectResponseType.Code;
        oidc.ResponseMode = OpenIdConnectResponseMode.Query;
        oidc.UsePkce = true;
        oidc.Scope.Clear();
        foreach (var scope in (string[])["openid", "profile", .. Scope.All.Select(scope => settings.ScopePrefix + scope)])
        {
            oidc.Scope.Add(scope);
        }

        oidc.CallbackPath = CallbackPath;
        oidc.RemoteSignOutPath = oidc.SignedOutCallbackPath = default;
        oidc.MapInboundClaims = false;
        oidc.BackchannelTimeout = TimeSpan.FromSeconds(10);
        oidc.TokenValidationParameters.ValidAlgorithms = BearerTokens.Algorithms;
        // The response comes as a link from the authority, so Lax cookies arrive with it.
        oidc.CorrelationCookie.Name = "payments-correlation.";
        oidc.NonceCookie.Name = "payments-nonce.";
        oidc.CorrelationCookie.SameSite = oidc.NonceCookie.SameSite = SameSiteMode.Lax;
        oidc.Events = new OpenIdConnectEvents
        {
            OnRedirectToIdentityProvider = context =>
            {
                // Auth0 needs it for an access token that is a JWT. Other servers ignore it (RFC 6749, section 3.1).
                context.ProtocolMessage.SetParameter("audience", authentication.Audience);
                return Task.CompletedTask;
            },
            OnTokenValidated = CreateSessionAsync,
            OnAccessDenied = context =>
            {
                context.HandleResponse();
                return ShowAsync(context.HttpContext, new(StatusCodes.Status403Forbidden, "Not signed in", "The sign-in was canceled, or the sign-in server denied it."));
            },
            OnRemoteFailure = context =>
            {
                context.HandleResponse();
                return ShowAsync(context.HttpContext, Describe(context.HttpContext, context.Failure!));
            },
        };
    }

    private static async Task CreateSessionAsync(TokenValidatedContext context)
    {
        var services = context.HttpContext.RequestServices;
        var bearer = services.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>().Get(JwtBearerDefaults.AuthenticationScheme);
        var rules = bearer.TokenValidationParameters.Clone();
        rules.ConfigurationManager = (BaseConfigurationManager)bearer.ConfigurationManager!;
        var token = await bearer.TokenHandlers.Single().ValidateTokenAsync(context.TokenEndpointResponse!.AccessToken, rules);
        if (!token.IsValid)
        {
            throw new AccessTokenException("The access token is not valid for this service.", token.Exception);
        }

        var user = new ClaimsPrincipal(token.ClaimsIdentity);
        if (!user.HasScope(Scope.Read))
        {
            throw new AccessTokenException($"The access token does not have the scope {Scope.Read}.", null);
        }

        var person = context.Principal!;
        // Only the subject is unique and stays (OpenID Connect Core 1.0, section 5.7), and only the name says who it is.
        var subject = person.FindFirst("sub")!.Value;
        var name = person.FindFirst("preferred_username") is { Value: var known } && known != subject ? $"{known} ({subject})" : subject;
        context.Principal = services.GetRequiredService<Sessions>().Create(name, Scope.All.Where(user.HasScope));
    }

    private static ErrorModel Describe(HttpContext context, Exception failure)
    {
        if (IsUnavailable(failure))
        {
            LogFailed(Logger(context), "the authority does not respond");
            return Unavailable;
        }

        // The description that the authority sends may contain names or mail addresses.
        LogFailed(Logger(context), failure is OpenIdConnectProtocolException ? $"the authority returned the error {failure.Data["error"]}"
            : failure is AccessTokenException { InnerException: { } reason } ? $"{failure.Message} {reason.Message}" : failure.Message);
        return failure is AccessTokenException
            ? new(StatusCodes.Status403Forbidden, "No access", $"{failure.Message} Ask your administrator for access.")
            : new(StatusCodes.Status400BadRequest, "Not signed in", "The sign-in took too long, or it began in another window. Start again.");
    }

    private static Task ShowAsync(HttpContext context, ErrorModel error) => context.RequestServices.GetRequiredService<ErrorPage>().WriteAsync(context, error);

    private static ILogger Logger(HttpContext context) => context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(AuthoritySignIn).FullName!);

    [LoggerMessage(1, LogLevel.Warning, "A sign-in at the authority failed: {Reason}")] private static partial void LogFailed(ILogger logger, string reason);

    private sealed class AccessTokenException(string message, Exception? inner) : Exception(message, inner);
}
