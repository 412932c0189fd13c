namespace Payments.Domain;

/// <summary>Collects the fields in which a report contradicts what is recorded, so that one response names them all.</summary>
internal sealed class Differences
{
    private readonly List<FieldError> _errors = [];

    public void Add(string field, string rule) => _errors.Add(new(field, rule));

    /// <summary>Adds a field that must be equal; pass the stored value if the caller may see it.</summary>
    public void Compare(string field, bool isSame, object? stored)
    {
        if (!isSame)
        {
            Add(field, stored is null ? "differs from the recorded value" : $"must be {stored}, which is already recorded");
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
