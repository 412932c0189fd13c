namespace Payments.Api.Errors;

internal static class ProblemHandling
{
    public static void AddProblems(this IServiceCollection services)
    {
        services.AddSingleton<ProblemWriter>();
        services.AddExceptionHandler<ProblemExceptionHandler>();
    }

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(pages => pages.HttpContext.RequestServices.GetRequiredService<ProblemWriter>().WriteAsync(pages.HttpContext));
    }
}
