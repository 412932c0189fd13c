using System.Reflection;
using Namotion.Reflection;
using NJsonSchema;
using NSwag;
using NSwag.Generation.Processors;
using NSwag.Generation.Processors.Contexts;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Http;
using Payments.Api.Json;

namespace Payments.Api.OpenApi;

/// <summary>Names each operation after its action, and adds its scope, its media types, its headers and the problems that every operation can return.</summary>
internal sealed class OperationConventions(AuthenticationSettings authentication) : IOperationProcessor
{
    public bool Process(OperationProcessorContext context)
    {
        var operation = context.OperationDescription.Operation;
        var action = context.MethodInfo;
        operation.OperationId = JsonNamingPolicy.CamelCase.ConvertName(action.Name);
        if (action.GetCustomAttribute<AuthorizeAttribute>() is { } authorize)
        {
            operation.Security = [new OpenApiSecurityRequirement { ["bearer"] = [] }];
            if (authentication.Authority.Length == 0)
            {
                operation.Security.Add(new OpenApiSecurityRequirement { ["oauth2"] = [authorize.Policy!] });
            }

            AddHeader(AddProblem(Problems.Unauthorized), "WWW-Authenticate", "What is wrong with the token (RFC 6750).");
            AddHeader(AddProblem(Problems.Forbidden), "WWW-Authenticate", "The required scope (RFC 6750).");
        }

        // Only the successful response has its own type.
        foreach (var response in action.GetXmlDocsElement()!.Elements("response"))
        {
            var status = response.Attribute("code")!.Value;
            operation.Responses.TryAdd(status, status[0] == '3' ? new OpenApiResponse { Description = response.Value } : Problem(response.Value));
        }

        AddProblem(Problems.NotAcceptable);
        if (operation.RequestBody is not null)
        {
            AddProblem(Problems.UnsupportedMediaType);
            if (action.GetCustomAttribute<DisableRequestSizeLimitAttribute>() is null)
            {
                AddProblem(Problems.BodyTooLarge);
            }
        }

        AddRetryAfter(Problems.TooManyRequests);
        AddProblem(Problems.Internal);
        AddRetryAfter(Problems.Unavailable);

        if (action.GetCustomAttribute<ReplayHeaderAttribute>() is not null)
        {
            AddHeader(operation.Responses["200"], ResponseHeaders.Replayed, "`true` if the request is a replay, which changes nothing.");
        }

        // The generator declares every response as application/json.
        if (action.GetCustomAttribute<ProducesAttribute>() is { } produces)
        {
            var (_, media) = operation.Responses["200"].Content.Single();
            operation.Responses["200"].Content.Clear();
            foreach (var type in produces.ContentTypes)
            {
                operation.Responses["200"].Content[type] = media;
            }
        }

        var responses = operation.Responses.OrderBy(response => response.Key, StringComparer.Ordinal).ToArray();
        operation.Responses.Clear();
        foreach (var (status, response) in responses)
        {
            operation.Responses[status] = response;
        }

        return true;

        void AddRetryAfter(RequestError error) => AddHeader(AddProblem(error), "Retry-After", "The delay in seconds.");

        OpenApiResponse AddProblem(RequestError error) => operation.Responses[$"{error.Status}"] = Problem(error.Message);

        OpenApiResponse Problem(string description) =>
            new() { Description = description, Content = { [MediaTypes.ProblemJson] = new() { Schema = context.SchemaOf(typeof(Problem)) } } };

        static void AddHeader(OpenApiResponse response, string name, string description) =>
            response.Headers[name] = new OpenApiHeader { Description = description, Schema = new JsonSchema { Type = JsonObjectType.String } };
    }
}
