using Microsoft.Extensions.Primitives;

namespace Payments.Dashboard.Forms;

/// <summary>The values of a form as they were typed, and the rules that they break. Messages are those of the API.</summary>
public sealed class FormInput
{
    private readonly Dictionary<string, StringValues> _values;
    private readonly List<FieldError> _errors = [];

    /// <summary>An empty form, or one with initial values.</summary>
    public FormInput(params IEnumerable<(string Name, StringValues Values)> values) => _values = values.ToDictionary(value => value.Name, value => value.Values);

    /// <summary>Reads the form of a request. Form value providers are removed, because the API reads bodies only as JSON.</summary>
    public static FormInput Read(HttpRequest request) => request.HasFormContentType ? new(request.Form.Select(field => (field.Key, field.Value))) : new();

    /// <summary>Every broken rule.</summary>
    public IReadOnlyList<FieldError> Errors => _errors;
    /// <summary>What is wrong with the form as a whole; null if nothing is.</summary>
    public string? Message { get; private set; }
    /// <summary>The status of the page that shows the form.</summary>
    public int Status { get; private set; } = StatusCodes.Status200OK;

    /// <summary>The text of a field; empty if it is missing.</summary>
    public string Text(string name) => _values.TryGetValue(name, out var values) ? values.FirstOrDefault() ?? "" : "";

    /// <summary>The text of a field; null if it is empty.</summary>
    public string? Given(string name) => Text(name) is { Length: > 0 } text ? text : null;

    /// <summary>Every value of a field that can be repeated, without empty ones.</summary>
    public IReadOnlyList<string> All(string name) =>
        _values.TryGetValue(name, out var values) ? [.. values.OfType<string>().Where(value => value.Length > 0)] : [];

    /// <summary>Whether a check box with this value is checked.</summary>
    public bool IsChecked(string name, string value = "true") => All(name).Contains(value);

    /// <summary>Keeps what an exception says against the form; false if it says something else. Use it as the filter of a <c>catch</c>.</summary>
    public bool Rejects(Exception exception)
    {
        switch (exception)
        {
            case ValidationException e:
                Reject(StatusCodes.Status400BadRequest, null, e.Errors);
                return true;
            case ConflictException e:
                Reject(StatusCodes.Status409Conflict, e.Message, e.Errors);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The broken rules of a field. An error of <c>webhookSecret[1]</c> is one of <c>webhookSecret</c>.</summary>
    public IEnumerable<FieldError> ErrorsOf(string name) => _errors.Where(error => NameOf(error) == name);

    /// <summary>The broken rules of fields that the form does not show.</summary>
    public IEnumerable<FieldError> ErrorsExcept(params IEnumerable<string> shown) => _errors.Where(error => !shown.Contains(NameOf(error)));

    private static string NameOf(FieldError error) => error.Field.Split('[', '.')[0];

    private void Reject(int status, string? message, IReadOnlyList<FieldError> errors)
    {
        (Status, Message) = (status, message);
        _errors.AddRange(errors);
    }
}
