using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.Formatters;

namespace Payments.Api.Json;

internal interface IKeepsRawBody
{
    /// <summary>Receives the body: one JSON object in UTF-8, without white space around it.</summary>
    void Keep(ReadOnlySpan<byte> body);
}

/// <param name="errors">The members of the wrong shape; none if the body as a whole is wrong.</param>
internal sealed class InvalidBodyException(string message, IReadOnlyList<FieldError>? errors = null) : Exception(message)
{
    public IReadOnlyList<FieldError> Errors { get; } = errors ?? [];
}

/// <summary>Reads a JSON body strictly: UTF-8, one object, only known members, each once and of its JSON type.</summary>
/// <remarks>A valid body is read in one pass. An invalid one is read again member by member, so that the response names every fault.</remarks>
internal sealed class JsonBodyFormatter(JsonSerializerOptions options) : IInputFormatter
{
    public bool CanRead(InputFormatterContext context)
    {
        var request = context.HttpContext.Request;
        // Without a type and a body, the problem is that the body is missing, not that its type is unknown.
        return MediaTypes.OfUtf8Body(request) == MediaTypes.Json
            || (request.ContentType is null && context.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false });
    }

    public async Task<InputFormatterResult> ReadAsync(InputFormatterContext context)
    {
        using var body = new MemoryStream();
        await context.HttpContext.Request.Body.CopyToAsync(body, context.HttpContext.RequestAborted);
        if (body.Length == 0 && context.TreatEmptyInputAsDefaultValue)
        {
            return InputFormatterResult.Success(null);
        }

        return InputFormatterResult.Success(Read(body.GetBuffer().AsMemory(0, (int)body.Length), options.GetTypeInfo(context.ModelType)));
    }

    /// <exception cref="InvalidBodyException">The body or a member of it has the wrong shape.</exception>
    /// <exception cref="ValidationException">The only faults are lone surrogates in text.</exception>
    public static object Read(ReadOnlyMemory<byte> body, JsonTypeInfo type)
    {
        var utf8 = (body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body).Trim(" \t\r\n"u8);
        if (utf8.IsEmpty || utf8.Span[0] != '{' || !Utf8.IsValid(utf8.Span))
        {
            throw new InvalidBodyException(
                utf8.IsEmpty ? "The request has no body. Send a JSON object."
                : !Utf8.IsValid(utf8.Span) ? "The body is not UTF-8."
                : "The body must be a JSON object.");
        }

        try
        {
            var model = JsonSerializer.Deserialize(utf8.Span, type)!;
            (model as IKeepsRawBody)?.Keep(utf8.Span);
            return model;
        }
        catch (JsonException e)
        {
            throw Diagnose(utf8, type, e);
        }
    }

    private static Exception Diagnose(ReadOnlyMemory<byte> body, JsonTypeInfo type, JsonException fault)
    {
        List<FieldError> shapes = [];
        List<FieldError> values = [];
        var members = type.Properties.Where(property => !property.IsExtensionData).ToDictionary(property => property.Name);
        var acceptsOthers = members.Count < type.Properties.Count || type.UnmappedMemberHandling == JsonUnmappedMemberHandling.Skip;
        var seen = new HashSet<string>();
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = type.Options.MaxDepth });
            foreach (var member in document.RootElement.EnumerateObject().TakeWhile(_ => shapes.Count + values.Count < Validation.MaxErrors))
            {
                // The one dictionary is the metadata of a payment.
                var field = type.Kind == JsonTypeInfoKind.Dictionary ? $"metadata.{member.Name}" : member.Name;
                if (!seen.Add(member.Name))
                {
                    shapes.Add(new(field, "must be given only once"));
                }
                else if (members.TryGetValue(member.Name, out var property) || type.Kind == JsonTypeInfoKind.Dictionary)
                {
                    AddFault(member, field, type, property?.CustomConverter is not null, shapes, values);
                }
                else if (!acceptsOthers)
                {
                    var meant = members.Keys.FirstOrDefault(name => name.Equals(member.Name, StringComparison.OrdinalIgnoreCase));
                    shapes.Add(new(member.Name, $"is not a member of this request{(meant is null ? "" : $"; did you mean {meant}?")}"));
                }
            }
        }
        catch (JsonException)
        {
            return DiagnoseText(body.Span, type.Options.MaxDepth);
        }
        catch (InvalidOperationException)
        {
            return new InvalidBodyException("The name of a member contains a lone surrogate.");
        }

        return shapes.Count > 0 ? new InvalidBodyException("The body has the wrong shape.", shapes)
            : values.Count > 0 ? new ValidationException(values)
            : new InvalidBodyException($"The value at {fault.Path} cannot be read.");
    }

    private static InvalidBodyException DiagnoseText(ReadOnlySpan<byte> body, int maxDepth)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = int.MaxValue });
            while (reader.Read()) { }

            return new($"The body has more than {maxDepth} levels of objects and arrays.");
        }
        catch (JsonException e)
        {
            // A line of an import is always line 1 of itself, which would look like its number in the file.
            var line = e.LineNumber > 0 ? $"line {e.LineNumber + 1}, " : "";
            return new($"The body is not valid JSON. The first error is at {line}byte {e.BytePositionInLine + 1}.");
        }
    }

    /// <summary>Adds the fault of one member, which is found by reading an object that has only this member.</summary>
    private static void AddFault(JsonProperty member, string field, JsonTypeInfo type, bool hasConverter, List<FieldError> shapes, List<FieldError> values)
    {
        try
        {
            JsonSerializer.Deserialize($"{{{member}}}", type);
        }
        catch (JsonException e) when (
            e.InnerException is InvalidOperationException
            && (member.Value.ValueKind == JsonValueKind.String || (hasConverter && member.Value.ValueKind == JsonValueKind.Object)))
        {
            values.Add(new(field, "must be Unicode text without lone surrogates"));
        }
        catch (JsonRuleException e)
        {
            shapes.Add(new(field, e.Message));
        }
        catch (JsonException)
        {
            // Every member without a converter is a string. The values of the one dictionary can also be null.
            shapes.Add(new(field, type.Kind == JsonTypeInfoKind.Dictionary ? "must be a JSON string or null" : "must be a JSON string"));
        }
    }
}
