using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Formatters;
using Microsoft.Net.Http.Headers;
using Payments.Domain;

namespace Payments.Api.Json;

/// <summary>A request that may keep the text of its own body.</summary>
internal interface IKeepsRawBody
{
    /// <summary>Is given the body, one JSON object in UTF-8 without white space around it.</summary>
    void Keep(ReadOnlySpan<byte> body);
}

/// <summary>
/// Reads a JSON body strictly: UTF-8, one object, known members, each once and of its JSON type. A sound body is read in one pass; a faulty
/// one is read again, member by member, so that the answer can name every fault.
/// </summary>
internal sealed class JsonBodyFormatter(JsonOptions options) : IInputFormatter
{
    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n"u8);

    private readonly JsonSerializerOptions _options = options.JsonSerializerOptions;

    // More than any sound mistake makes; an answer shall not be many times its request.
    private const int MaxFaults = 100;

    public bool CanRead(InputFormatterContext context)
    {
        var request = context.HttpContext.Request;
        if (request.ContentType is null)
        {
            // With no body either, the answer is that the body is missing, not that its type is unknown.
            return !HasBody(request);
        }

        return Utf8Type(request) == "application/json";
    }

    /// <summary>The media type of a body in UTF-8, in lower case; null for every other body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="encoding">The content encoding that is accepted besides identity.</param>
    public static string? Utf8Type(HttpRequest request, string encoding = "identity") =>
        request.Headers.ContentEncoding.All(given => given is not null && (given.Equals("identity", StringComparison.OrdinalIgnoreCase) || given.Equals(encoding, StringComparison.OrdinalIgnoreCase)))
        && request.Headers.ContentEncoding.Count <= 1
        && MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && (type.Charset.Length == 0 || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            ? type.MediaType.ToString().ToLowerInvariant()
            : null;

    public async Task<InputFormatterResult> ReadAsync(InputFormatterContext context)
    {
        var body = await ReadBodyAsync(context.HttpContext.Request, context.HttpContext.RequestAborted);
        return InputFormatterResult.Success(Read(body, _options.GetTypeInfo(context.ModelType)));
    }

    /// <summary>Reads one JSON object.</summary>
    /// <exception cref="InvalidBodyException">The body or a member of it has the wrong shape.</exception>
    /// <exception cref="ValidationException">All that is wrong is text that is not whole Unicode.</exception>
    public static object Read(ReadOnlyMemory<byte> body, JsonTypeInfo type)
    {
        var utf8 = body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body;
        var start = utf8.Span.IndexOfAnyExcept(WhiteSpace);
        if (start < 0)
        {
            throw new InvalidBodyException("The request has no body; it must be a JSON object.");
        }

        utf8 = utf8[start..(utf8.Span.LastIndexOfAnyExcept(WhiteSpace) + 1)];

        if (!Utf8.IsValid(utf8.Span))
        {
            throw new InvalidBodyException("The body is not UTF-8.");
        }

        if (utf8.Span[0] != '{')
        {
            throw new InvalidBodyException("The body must be a JSON object.");
        }

        try
        {
            var model = JsonSerializer.Deserialize(utf8.Span, type)!;
            if (model is IKeepsRawBody keeper)
            {
                keeper.Keep(utf8.Span);
            }

            return model;
        }
        catch (JsonException e)
        {
            throw Diagnose(utf8, type, e);
        }
    }

    private static bool HasBody(HttpRequest request) =>
        request.ContentLength > 0 || (request.ContentLength is null && request.Headers.TransferEncoding.Count > 0);

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // The server refuses a longer body while it is read.
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellationToken);
            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return body;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static Exception Diagnose(ReadOnlyMemory<byte> body, JsonTypeInfo type, JsonException fault)
    {
        List<FieldError> shapes = [];
        List<FieldError> values = [];
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = type.Options.MaxDepth });
            var members = type.Properties.ToDictionary(property => property.Name);
            var seen = new HashSet<string>();
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (shapes.Count + values.Count == MaxFaults)
                {
                    break;
                }

                if (!seen.Add(member.Name))
                {
                    shapes.Add(new(member.Name, "must be given once"));
                }
                else if (members.TryGetValue(member.Name, out var property) || type.Kind == JsonTypeInfoKind.Dictionary)
                {
                    AddFault(member, type, property?.CustomConverter is not null, shapes, values);
                }
                else if (type.UnmappedMemberHandling != JsonUnmappedMemberHandling.Skip)
                {
                    var meant = members.Keys.FirstOrDefault(name => name.Equals(member.Name, StringComparison.OrdinalIgnoreCase));
                    shapes.Add(new(member.Name, $"is not a member of this request{(meant is null ? "" : $"; its name is {meant}")}"));
                }
            }
        }
        catch (JsonException e)
        {
            return new InvalidBodyException(
                $"The body is not JSON of at most {type.Options.MaxDepth} levels: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }
        catch (InvalidOperationException)
        {
            return new InvalidBodyException("A member's name has a lone surrogate.");
        }

        return shapes.Count > 0 ? new InvalidBodyException("The body has the wrong shape.", shapes)
            : values.Count > 0 ? new ValidationException(values)
            : new InvalidBodyException($"The body cannot be read at {fault.Path}.");
    }

    /// <summary>Adds what is wrong with one member, found by reading an object that has only this one.</summary>
    private static void AddFault(JsonProperty member, JsonTypeInfo type, bool hasConverter, List<FieldError> shapes, List<FieldError> values)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WritePropertyName(member.Name);
            writer.WriteRawValue(member.Value.GetRawText());
            writer.WriteEndObject();
        }

        try
        {
            JsonSerializer.Deserialize(buffer.GetBuffer().AsSpan(0, (int)buffer.Length), type);
        }
        catch (JsonException e) when (
            e.InnerException is InvalidOperationException
            && (member.Value.ValueKind == JsonValueKind.String || (hasConverter && member.Value.ValueKind == JsonValueKind.Object)))
        {
            values.Add(new(member.Name, "must be whole Unicode text; it has a lone surrogate"));
        }
        catch (JsonException e)
        {
            // A converter of ours says its rule; what is left are the plain strings and, of the one dictionary, the strings that may be null.
            shapes.Add(new(
                member.Name,
                e.Message.StartsWith("must ", StringComparison.Ordinal) ? e.Message
                : type.Kind == JsonTypeInfoKind.Dictionary ? "must be a JSON string, or null"
                : "must be a JSON string"));
        }
    }
}
