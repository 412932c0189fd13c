using System.Text.Json;
using System.Text.Json.Serialization;
using NJsonSchema;
using NJsonSchema.Generation;
using NJsonSchema.Generation.TypeMappers;
using NSwag;
using NSwag.AspNetCore;
using NSwag.Generation.AspNetCore;
using NSwag.Generation.Processors;
using NSwag.Generation.Processors.Contexts;
using NSwag.Generation.Processors.Security;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Domain.Payments;

namespace Payments.Api.OpenApi;

/// <summary>The OpenAPI document and its page.</summary>
internal static class PaymentsDocument
{
    public const string Name = "v1";

    public static void AddPaymentsDocument(this IServiceCollection services, AuthenticationSettings authentication) =>
        services.AddOpenApiDocument(settings => Configure(settings, authentication));

    public static void UsePaymentsDocument(this WebApplication app)
    {
        app.UseOpenApi(settings =>
        {
            settings.Path = "/openapi/{documentName}.json";
            settings.PostProcess = (document, _) => document.Servers.Clear();
        });
        app.UseSwaggerUi(settings =>
        {
            settings.Path = "/swagger";
            settings.DocumentPath = "/openapi/{documentName}.json";
            settings.DocumentTitle = "Payments";
            settings.DocExpansion = "list";
            settings.OAuth2Client = new OAuth2ClientSettings
            {
                AppName = "Payments",
                ClientId = app.Environment.IsDevelopment() ? AuthenticationSettings.DevelopmentClient.Id : "",
                ClientSecret = "",
            };
        });
    }

    private static void Configure(AspNetCoreOpenApiDocumentGeneratorSettings settings, AuthenticationSettings authentication)
    {
        settings.DocumentName = Name;
        settings.Title = "Payments";
        settings.Version = Name;
        settings.Description = "Records every payment of every provider once, exactly, and reads it back.";
        settings.UseControllerSummaryAsTagDescription = true;
        settings.SchemaSettings = new SystemTextJsonSchemaGeneratorSettings
        {
            SerializerOptions = new JsonSerializerOptions(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } },
            SchemaType = SchemaType.OpenApi3,
            TypeMappers = { AmountSchema() },
        };
        settings.PostProcess = document =>
        {
            document.Servers.Clear();
            document.Generator = null;
        };
        settings.OperationProcessors.Add(new CommonResponses());
        settings.AddSecurity("bearer", new OpenApiSecurityScheme
        {
            Type = OpenApiSecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = "A token that you have.",
        });
        settings.OperationProcessors.Add(new AspNetCoreOperationSecurityScopeProcessor("bearer"));
        if (authentication.Authority is null)
        {
            settings.AddSecurity("oauth2", new OpenApiSecurityScheme
            {
                Type = OpenApiSecuritySchemeType.OAuth2,
                Description = "A token for a client and its secret.",
                Flows = new OpenApiOAuthFlows
                {
                    ClientCredentials = new OpenApiOAuthFlow
                    {
                        TokenUrl = $"/{TokenEndpoint.Path}",
                        Scopes = new Dictionary<string, string>
                        {
                            [Scope.Read] = "Read payments, connectors and accounts",
                            [Scope.Write] = "Record payments, connectors and accounts",
                        },
                    },
                },
            });
            settings.OperationProcessors.Add(new AspNetCoreOperationSecurityScopeProcessor("oauth2"));
        }
    }

    private static ObjectTypeMapper AmountSchema() => new(typeof(MinorUnits), new JsonSchema
    {
        Type = JsonObjectType.Integer,
        Format = "bigint",
        Minimum = 0,
        Description = "An amount in minor units of its asset, a whole number from 0 to 10^38-1, digits only.",
    });

    /// <summary>The answers that any operation can give.</summary>
    private sealed class CommonResponses : IOperationProcessor
    {
        public bool Process(OperationProcessorContext context)
        {
            var operation = context.OperationDescription.Operation;
            var problem = new JsonSchema
            {
                Reference = context.SchemaResolver.HasSchema(typeof(Problem), false)
                    ? context.SchemaResolver.GetSchema(typeof(Problem), false)
                    : context.SchemaGenerator.Generate(typeof(Problem), context.SchemaResolver).ActualSchema,
            };
            if (context.MethodInfo.GetCustomAttributes(typeof(Microsoft.AspNetCore.Authorization.AuthorizeAttribute), false).Length > 0)
            {
                Add(401, "There is no bearer token, or a bad one.");
                Add(403, "The token lacks the scope.");
            }

            Add(406, "The Accept header excludes application/json.");
            if (operation.RequestBody is not null)
            {
                Add(413, "The body is longer than 256 KiB.");
                Add(415, "The body is not application/json in UTF-8.");
            }

            Add(500, "The service has failed; its log tells more under the traceId.");
            Add(503, "The database cannot be reached or is full; nothing is half-written. Retry-After says when to send the same request again.");
            foreach (var (status, response) in operation.Responses)
            {
                // The generator calls every answer application/json.
                if (status[0] is '4' or '5' && response.Content.Remove("application/json", out var content))
                {
                    response.Content["application/problem+json"] = content;
                }
            }

            return true;

            void Add(int status, string description) => operation.Responses[$"{status}"] = new OpenApiResponse
            {
                Description = description,
                Content = { ["application/problem+json"] = new OpenApiMediaType { Schema = problem } },
            };
        }
    }
}
