namespace Payments.Domain;

/// <summary>Gathers the fields in which a repetition says other than what is stored, so that one answer can name them all.</summary>
internal sealed class Differences
{
    private readonly List<FieldError> _errors = [];

    public void Compare(string field, bool same, object? stored)
    {
        if (!same)
        {
            _errors.Add(new(field, stored is null ? "differs from the recorded value" : $"differs from the recorded value: {stored}"));
        }
    }

    public void ThrowIfAny(string message)
    {
        if (_errors.Count > 0)
        {
            throw new ConflictException(message, _errors);
        }
    }
}
