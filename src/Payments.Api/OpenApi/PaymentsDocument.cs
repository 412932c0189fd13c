using System.Reflection;
using Namotion.Reflection;
using NJsonSchema;
using NJsonSchema.Generation;
using NJsonSchema.Generation.TypeMappers;
using NSwag;
using NSwag.AspNetCore;
using NSwag.Generation.AspNetCore;
using Payments.Api.Authentication;
using Payments.Api.Lists;

namespace Payments.Api.OpenApi;

internal static class PaymentsDocument
{
    public const string Name = "v1";

    private const string Url = $"/openapi/{Name}.json";

    public static void AddPaymentsDocument(this IServiceCollection services) => services.AddOpenApiDocument(
        (settings, provider) => Configure(settings, provider.GetRequiredService<IOptions<AuthenticationSettings>>().Value));

    public static void UsePaymentsDocument(this WebApplication app)
    {
        app.MapWhen(context => context.Request.Path.Equals(Url, StringComparison.OrdinalIgnoreCase), map =>
        {
            // NSwag would load what generates the document at every start, but few requests are for it.
            var pipeline = new Lazy<RequestDelegate>(() => map.New().UseOpenApi(settings =>
            {
                settings.DocumentName = Name;
                settings.Path = Url;
                settings.PostProcess = (document, _) =>
                {
                    document.Servers.Clear();
                    document.Generator = null;
                };
            }).Build());
            map.Run(context => pipeline.Value(context));
        });
        app.UseSwaggerUi(settings =>
        {
            settings.Path = "/swagger";
            settings.SwaggerRoutes.Add(new SwaggerUiRoute(Name, Url));
            settings.DocumentTitle = "Payments";
            settings.DocExpansion = "list";
            var client = app.Environment.IsDevelopment() ? AuthenticationSettings.DevelopmentClient.ClientId : "";
            settings.OAuth2Client = new OAuth2ClientSettings { AppName = "Payments", ClientId = client, ClientSecret = "" };
        });
    }

    private static void Configure(AspNetCoreOpenApiDocumentGeneratorSettings settings, AuthenticationSettings authentication)
    {
        // The assemblies in a single-file program have no path, so the generator does not find their comments. Reading them here caches them.
        foreach (var type in (Type[])[typeof(PaymentsDocument), typeof(CreatePaymentCommand), typeof(MinorUnits)])
        {
            type.GetXmlDocsElement(Path.Combine(AppContext.BaseDirectory, $"{type.Assembly.GetName().Name}.xml"));
        }

        var description = $"An amount in minor units of its asset: a whole number from 0 to 10^{MinorUnits.MaxDigits}-1, digits only.";
        var amount = new JsonSchema { Type = JsonObjectType.Integer, Format = "bigint", Minimum = 0, Description = description };
        settings.DocumentName = Name;
        settings.Title = "Payments";
        settings.Version = Name;
        settings.Description = "The payments system of record. It records each payment of each provider exactly once, with exact amounts.";
        settings.UseControllerSummaryAsTagDescription = true;
        settings.SchemaSettings = new SystemTextJsonSchemaGeneratorSettings
        {
            SerializerOptions = new JsonSerializerOptions(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } },
            SchemaType = SchemaType.OpenApi3,
            TypeMappers = { new ObjectTypeMapper(typeof(MinorUnits), amount) },
            SchemaNameGenerator = new SchemaNames(),
            SchemaProcessors = { new UnmappedMembers() },
        };
        settings.OperationProcessors.Add(new OperationConventions(authentication));
        settings.AddSecurity("bearer", new() { Type = OpenApiSecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "An access token as a JWT." });
        if (authentication.Authority.Length == 0)
        {
            var scopes = new Dictionary<string, string>
            {
                [Scope.Read] = "Read payments, connectors, accounts and events",
                [Scope.Write] = "Record payments, connectors and accounts",
            };
            settings.AddSecurity("oauth2", new OpenApiSecurityScheme
            {
                Type = OpenApiSecuritySchemeType.OAuth2,
                Description = "Requests an access token with a client id and secret.",
                Flows = new() { ClientCredentials = new() { TokenUrl = $"/{TokenEndpoint.Path}", Scopes = scopes } },
            });
        }
    }

    /// <summary>Names a page after the items of its list, such as PaymentsCursor.</summary>
    private sealed class SchemaNames : DefaultSchemaNameGenerator
    {
        public override string Generate(Type type) =>
            type.IsGenericType && type.GetGenericTypeDefinition() is var page && (page == typeof(CursorResponse<>) || page == typeof(Cursor<>))
                ? $"{Plural(Generate(type.GetGenericArguments()[0]))}{page.Name.Split('`')[0]}" : base.Generate(type);

        private static string Plural(string item) => item.EndsWith('y') ? $"{item[..^1]}ies" : $"{item}s";
    }

    /// <summary>Allows additional members if the JSON reader skips them.</summary>
    private sealed class UnmappedMembers : ISchemaProcessor
    {
        public void Process(SchemaProcessorContext context) => context.Schema.AllowAdditionalProperties |=
            context.ContextualType.Type.GetCustomAttribute<JsonUnmappedMemberHandlingAttribute>()?.UnmappedMemberHandling == JsonUnmappedMemberHandling.Skip;
    }
}
