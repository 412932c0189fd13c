using Microsoft.AspNetCore.Mvc.Razor;
using Microsoft.Extensions.DependencyInjection;
using Payments.Dashboard.Formatting;
using Payments.Dashboard.Shell;

namespace Payments.Dashboard;

/// <summary>Registers the dashboard.</summary>
public static class DependencyInjection
{
    /// <summary>Adds the pages to the controllers of the service.</summary>
    public static IServiceCollection AddDashboard(this IServiceCollection services)
    {
        services.AddControllersWithViews();
        services.AddHttpContextAccessor();
        services.AddScoped<Format>();
        services.AddSingleton<ErrorPage>();
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = "payments-antiforgery";
            antiforgery.Cookie.Path = "/dashboard";
            antiforgery.SuppressXFrameOptionsHeader = true; // the content security policy says the same
        });
        // A view is in the folder of its controller: PaymentsController.List shows Payments/List.cshtml.
        services.Configure<RazorViewEngineOptions>(razor =>
        {
            razor.ViewLocationFormats.Clear();
            razor.ViewLocationFormats.Add("/{1}/{0}.cshtml");
            razor.ViewLocationFormats.Add("/Shell/{0}.cshtml");
        });
        return services;
    }
}
