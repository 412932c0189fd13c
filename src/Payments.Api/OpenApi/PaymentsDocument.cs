using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Namotion.Reflection;
using NJsonSchema;
using NJsonSchema.Generation;
using NJsonSchema.Generation.TypeMappers;
using NSwag;
using NSwag.AspNetCore;
using NSwag.Generation.AspNetCore;
using NSwag.Generation.Processors;
using NSwag.Generation.Processors.Contexts;
using Payments.Api.Accounts;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Api.Http;
using Payments.Api.Lists;
using Payments.Api.Payments;
using Payments.Api.Payments.Export;
using Payments.Api.Payments.Import;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.OpenApi;

/// <summary>The OpenAPI document and its page.</summary>
internal static class PaymentsDocument
{
    public const string Name = "v1";

    public static void AddPaymentsDocument(this IServiceCollection services) => services.AddOpenApiDocument(
        (settings, provider) => Configure(settings, provider.GetRequiredService<IOptions<AuthenticationSettings>>().Value));

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
                ClientId = app.Environment.IsDevelopment() ? AuthenticationSettings.DevelopmentClient.ClientId : "",
                ClientSecret = "",
            };
        });
    }

    private static void Configure(AspNetCoreOpenApiDocumentGeneratorSettings settings, AuthenticationSettings authentication)
    {
        // The assemblies of a single file are nowhere, so the generator would not find their comments; once read, they are known.
        foreach (var type in (Type[])[typeof(PaymentsDocument), typeof(CreatePaymentCommand), typeof(Payment)])
        {
            type.GetXmlDocsElement(Path.Combine(AppContext.BaseDirectory, $"{type.Assembly.GetName().Name}.xml"));
        }

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
            SchemaNameGenerator = new SchemaNames(),
        };
        settings.PostProcess = document =>
        {
            document.Servers.Clear();
            document.Generator = null;
            document.Definitions["ConnectorRequest"].AllowAdditionalProperties = true;
            document.Definitions["PaymentRequest"].Example = SeedRequest;
            document.Definitions["AccountRequest"].Example = AccountExample;
        };
        settings.OperationProcessors.Add(new OperationConventions(authentication));
        settings.AddSecurity("bearer", new OpenApiSecurityScheme
        {
            Type = OpenApiSecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = "A token that you have.",
        });
        if (authentication.Authority.Length == 0)
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
        }
    }

    // Whole, for a page that puts it together from its members would fill in accounts and metadata of its own.
    private static readonly object SeedRequest = new
    {
        reference = "ref-001",
        connectorID = "eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9",
        createdAt = "2024-05-01T12:00:00Z",
        amount = 100,
        type = "PAY-IN",
        status = "SUCCEEDED",
        scheme = "visa",
        asset = "USD/2",
    };

    private static readonly object AccountExample = new
    {
        reference = "acc_1",
        connectorID = "eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9",
        createdAt = "2024-05-01T12:00:00Z",
        type = "INTERNAL",
        accountName = "Main account",
        defaultAsset = "USD/2",
    };

    private static ObjectTypeMapper AmountSchema() => new(typeof(MinorUnits), new JsonSchema
    {
        Type = JsonObjectType.Integer,
        Format = "bigint",
        Minimum = 0,
        Description = "An amount in minor units of its asset, a whole number from 0 to 10^38-1, digits only.",
    });

    /// <summary>Names a page of a list after what is listed: PaymentsCursor.</summary>
    private sealed class SchemaNames : DefaultSchemaNameGenerator
    {
        public override string Generate(Type type) =>
            type.IsGenericType && type.GetGenericTypeDefinition() is var page && (page == typeof(CursorResponse<>) || page == typeof(Cursor<>))
                ? $"{Generate(type.GetGenericArguments()[0])}s{page.Name.Split('`')[0]}"
                : base.Generate(type);
    }

    /// <summary>Names each operation after its action, and adds the scope it needs and the answers that any operation can give.</summary>
    private sealed class OperationConventions(AuthenticationSettings authentication) : IOperationProcessor
    {
        private const string ProblemJson = "application/problem+json";

        public bool Process(OperationProcessorContext context)
        {
            var operation = context.OperationDescription.Operation;
            operation.OperationId = JsonNamingPolicy.CamelCase.ConvertName(context.MethodInfo.Name);
            var problem = context.SchemaGenerator.GenerateWithReference<JsonSchema>(typeof(Problem).ToContextualType(), context.SchemaResolver);
            if (context.MethodInfo.GetCustomAttribute<AuthorizeAttribute>() is { } authorize)
            {
                operation.Security = [new OpenApiSecurityRequirement { ["bearer"] = [] }];
                if (authentication.Authority.Length == 0)
                {
                    operation.Security.Add(new OpenApiSecurityRequirement { ["oauth2"] = [authorize.Policy!] });
                }

                Add(401, "There is no bearer token, or a bad one.", "WWW-Authenticate", "What is wrong with the token (RFC 6750).");
                Add(403, "The token lacks the scope.", "WWW-Authenticate", "The scope that is needed (RFC 6750).");
            }

            var answers = context.MethodInfo.GetCustomAttribute<ResponseTypesAttribute>()?.Types;
            Add(406, $"The Accept header excludes {string.Join(" and ", answers ?? ["application/json"])}.");
            if (context.MethodInfo.Name == nameof(ImportController.ImportPayments))
            {
                Add(415, $"The body is not {string.Join(" or ", operation.RequestBody!.Content.Keys)} in UTF-8.");
            }
            else if (operation.RequestBody is not null)
            {
                Add(413, $"The body is longer than {Limits.BodyBytes / 1024} KiB.");
                Add(415, "The body is not application/json in UTF-8.");
            }

            Add(429, "These are more requests than one client may send; nothing was done.", "Retry-After", "Seconds until the same request may be sent again.");
            Add(500, "The service has failed; its log tells more under the traceId.");
            Add(503, "The database cannot be reached or is full; nothing is half-written.", "Retry-After", "Seconds until the same request may be sent again.");

            // It is read as text, so that the rule of its digits is ours.
            foreach (var pageSize in operation.Parameters.Where(parameter => parameter.Name == "pageSize"))
            {
                pageSize.Schema = new JsonSchema { Type = JsonObjectType.Integer, Format = "int64", Minimum = 0, Default = PageRequest.DefaultSize };
            }

            if (context.MethodInfo.Name is nameof(PaymentsController.ListPayments) or nameof(ExportController.ExportPayments))
            {
                AddFilter(context);
            }

            if (context.MethodInfo.Name is nameof(PaymentsController.CreatePayment) or nameof(PaymentsController.AddAdjustment) or nameof(AccountsController.CreateAccount))
            {
                AddHeader(operation.Responses["200"], ResponseHeaders.Replayed, "true where the request repeated what was known and changed nothing.");
            }

            // The generator calls every answer application/json.
            if (answers is not null)
            {
                var content = operation.Responses["200"].Content;
                var (_, answer) = content.Single();
                content.Clear();
                foreach (var type in answers)
                {
                    content[type] = answer;
                }
            }

            var responses = operation.Responses.OrderBy(response => response.Key, StringComparer.Ordinal).ToArray();
            operation.Responses.Clear();
            foreach (var (status, response) in responses)
            {
                if (status[0] is '4' or '5' && response.Content.Remove("application/json", out var content))
                {
                    response.Content[ProblemJson] = content;
                }

                operation.Responses[status] = response;
            }

            return true;

            void Add(int status, string description, string? header = null, string? headerDescription = null)
            {
                var response = new OpenApiResponse { Description = description, Content = { [ProblemJson] = new OpenApiMediaType { Schema = problem } } };
                if (header is not null)
                {
                    AddHeader(response, header, headerDescription!);
                }

                operation.Responses[$"{status}"] = response;
            }

            // They are read as they were sent, so no action has them.
            static void AddFilter(OperationProcessorContext context)
            {
                foreach (var parameter in PaymentFilterParameters.All)
                {
                    var schema = parameter.Schema is { } type ? SchemaOf(type)
                        : parameter.Field == PaymentField.CreatedAt ? new JsonSchema { Type = JsonObjectType.String, Format = JsonFormatStrings.DateTime }
                        : new JsonSchema { Type = JsonObjectType.String };
                    AddParameter(
                        parameter.Name,
                        parameter.Description,
                        parameter.Comparison is null ? new JsonSchema { Type = JsonObjectType.Array, Item = schema } : schema,
                        parameter.Comparison is null ? OpenApiParameterStyle.Form : OpenApiParameterStyle.Undefined);
                }

                AddParameter(
                    "metadata",
                    "Entries of the company's own facts: metadata[key]=value.",
                    new JsonSchema { Type = JsonObjectType.Object, AdditionalPropertiesSchema = new JsonSchema { Type = JsonObjectType.String } },
                    OpenApiParameterStyle.DeepObject);
                AddParameter(
                    "query",
                    $"A filter as JSON, such as {{\"$and\":[{{\"$match\":{{\"status\":\"SUCCEEDED\"}}}},{{\"$gte\":{{\"amount\":100}}}}]}}: each object has one key; $match, $in, $lt, "
                    + $"$lte, $gt and $gte on {PaymentQuery.FieldNames}, $exists on metadata[key], and $and, $or and $not on filters; at most "
                    + $"{PaymentFilter.MaxDepth} levels deep and, the other parameters among them, of {PaymentFilter.MaxTerms} values.",
                    new JsonSchema { Type = JsonObjectType.String },
                    OpenApiParameterStyle.Undefined);

                JsonSchema SchemaOf(Type type) => context.SchemaGenerator.GenerateWithReference<JsonSchema>(type.ToContextualType(), context.SchemaResolver);

                void AddParameter(string name, string description, JsonSchema schema, OpenApiParameterStyle style) =>
                    context.OperationDescription.Operation.Parameters.Add(new OpenApiParameter
                    {
                        Name = name,
                        Description = description,
                        Kind = OpenApiParameterKind.Query,
                        Schema = schema,
                        Style = style,
                        Explode = style != OpenApiParameterStyle.Undefined,
                        Position = context.OperationDescription.Operation.Parameters.Count + 1,
                    });
            }

            static void AddHeader(OpenApiResponse response, string name, string description) =>
                response.Headers[name] = new OpenApiHeader { Description = description, Schema = new JsonSchema { Type = JsonObjectType.String } };
        }
    }
}
