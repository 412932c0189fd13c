using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.Mvc.Controllers;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Api.Keys;
using Payments.Application.Totals;
using Payments.Dashboard;
using Payments.Dashboard.Session;
using Payments.Dashboard.Shell;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Dashboard;

/// <summary>The dashboard in the service: its pages, sessions and errors. Nothing of it exists if it is disabled.</summary>
internal static class DashboardSetup
{
    private const string Path = "/dashboard";

    public static void AddDashboard(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<DashboardSettings>("Dashboard")
            .PostConfigure<IOptions<AuthenticationSettings>, IHostEnvironment>((settings, authentication, environment) => settings.Complete(authentication.Value, environment));
        if (!IsEnabled(builder.Configuration))
        {
            services.AddControllers().ConfigureApplicationPartManager(parts => parts.FeatureProviders.Add(new WithoutDashboard()));
            return;
        }

        services.AddDashboard();
        services.AddHostedService(provider => provider.GetRequiredService<TotalsWorker>());
        Sessions.Add(services);
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SessionKeys>(provider, provider.GetRequiredService<IOptions<DashboardSettings>>().Value.SessionKeyFile));
        services.AddOptions<KeyManagementOptions>().Configure<SessionKeys, Sessions>((keys, files, sessions) =>
        {
            if (sessions.Method != SignInMethod.NotSetUp)
            {
                keys.XmlRepository = files;
            }
        });
        // The default is the folder of the service, which can differ between instances.
        services.Configure<DataProtectionOptions>(protection => protection.ApplicationDiscriminator = "payments");
        if (builder.Configuration[AuthenticationSettings.AuthorityKey] is { Length: > 0 } && builder.Configuration["Dashboard:ClientId"] is { Length: > 0 })
        {
            AuthoritySignIn.Add(services);
        }

        // Bearer tokens do not count here, and the session counts nowhere else.
        services.Configure<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme,
            bearer => bearer.ForwardDefaultSelector = context => context.Request.Path.StartsWithSegments(Path) ? DashboardScope.Scheme : null);
    }

    /// <summary>Creates the key of the sessions at the first start.</summary>
    public static void PrepareDashboard(this WebApplication app)
    {
        if (!IsEnabled(app.Configuration))
        {
            return;
        }

        try
        {
            app.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector(nameof(PrepareDashboard)).Protect([]);
        }
        catch (CryptographicException e)
        {
            throw new StartupException(
                $"Dashboard:SessionKeyFile is '{app.Services.GetRequiredService<IOptions<DashboardSettings>>().Value.SessionKeyFile}' and cannot be created: "
                + $"{e.GetBaseException().Message} Set it to a file in a folder that the service can write to, or set {DashboardSettings.EnabledKey} to false.", e);
        }
    }

    /// <summary>Protects the cookies of the dashboard. It comes before authentication, which reads them.</summary>
    public static void UseDashboard(this WebApplication app)
    {
        if (!IsEnabled(app.Configuration))
        {
            return;
        }

        app.Use(async (context, next) =>
        {
            var request = context.Request;
            var isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
            if (request.Path == "/" && isRead && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            {
                context.Response.Redirect(Path);
                return;
            }

            if (!request.Path.StartsWithSegments(Path))
            {
                await next(context);
                return;
            }

            if (!SecureCookies.IsSafe(context))
            {
                request.Headers.Cookie = default;
                if (!isRead)
                {
                    await context.RequestServices.GetRequiredService<ErrorPage>().WriteAsync(context, new(
                        StatusCodes.Status403Forbidden, "Not encrypted", "Nothing can be changed over a connection that is not encrypted. Open the dashboard with https."));
                    return;
                }
            }
            else if (request.IsHttps)
            {
                SecureCookies.UsePrefix(context);
            }

            // Antiforgery reports a form that is too large as one without its token.
            if (request.ContentLength > context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize)
            {
                await context.WriteProblemAsync(Problems.BodyTooLarge);
                return;
            }

            await next(context);
        });
        // Authentication answers it before the rate limit of the other requests, and sends a request to the authority each time.
        app.UseWhen(context => context.Request.Path == AuthoritySignIn.CallbackPath, callback => callback.UseRateLimiter());
    }

    public static bool IsEnabled(IConfiguration configuration) => configuration.GetValue(DashboardSettings.EnabledKey, true);

    private sealed class WithoutDashboard : IApplicationFeatureProvider<ControllerFeature>
    {
        public void PopulateFeature(IEnumerable<ApplicationPart> parts, ControllerFeature feature)
        {
            foreach (var controller in feature.Controllers.Where(type => type.Namespace!.Contains(".Dashboard", StringComparison.Ordinal)).ToList())
            {
                feature.Controllers.Remove(controller);
            }
        }
    }
}
