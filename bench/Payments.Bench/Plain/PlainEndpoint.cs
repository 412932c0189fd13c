using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

namespace Payments.Bench.Plain;

/// <summary>
/// What a team would write by hand instead: one controller, data annotations, its own mapping, the framework's JSON, and in
/// <see cref="SqlitePayments"/> one connection and one transaction for each request, with Dapper. It checks tokens as the service does, and the
/// same rows are on disk before it responds. The kind <c>no storage</c> does all of that except storing.
/// </summary>
internal static class PlainEndpoint
{
    public static async Task ServeAsync(string kind)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var settings = builder.Configuration.GetSection("Plain");
        if (kind == Report.NoStorage)
        {
            builder.Services.AddSingleton<IPlainPayments, NoPayments>();
        }
        else
        {
            var payments = new SqlitePayments(settings["Database"]!);
            await payments.PrepareAsync(settings["ConnectorId"]!);
            builder.Services.AddSingleton<IPlainPayments>(kind == "locked" ? new LockedPayments(payments) : payments);
        }

        builder.Services.AddControllers().AddJsonOptions(json =>
        {
            json.JsonSerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        });
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(bearer =>
        {
            var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(settings["SigningKeyFile"]!));
            bearer.MapInboundClaims = false;
            bearer.TokenValidationParameters.ValidAudience = "payments";
            bearer.TokenValidationParameters.ValidIssuer = "https://payments.invalid/";
            bearer.TokenValidationParameters.IssuerSigningKey = new ECDsaSecurityKey(key);
            bearer.TokenValidationParameters.ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256];
            bearer.TokenValidationParameters.ValidTypes = ["at+jwt"];
            bearer.TokenValidationParameters.ClockSkew = TimeSpan.Zero;
        });
        var authorization = builder.Services.AddAuthorizationBuilder();
        foreach (var scope in (string[])["payments:read", "payments:write"])
        {
            authorization.AddPolicy(scope, policy => policy.RequireAuthenticatedUser().RequireAssertion(context =>
                context.User.FindFirst("scope")?.Value.Split(' ').Contains(scope) == true));
        }

        await using var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapControllers();
        await app.StartAsync();
        Console.WriteLine($"{kind} listens on {app.Urls.First()}");
        await app.WaitForShutdownAsync();
    }
}
