namespace Payments.Domain;

/// <summary>Collects the fields in which a report contradicts what is recorded, so that one response names them all.</summary>
internal sealed class Differences
{
    private readonly List<FieldError> _errors = [];

    public void Add(string field, string rule) => _errors.Add(new(field, rule));

    /// <summary>Adds a field unless it is the same. The message shows the recorded value; pass null to leave it out.</summary>
    public void Compare(string field, bool isSame, object? recorded)
    {
        if (!isSame)
        {
            Add(field, recorded is null ? "differs from the recorded value" : $"must be {recorded}, which is already recorded");
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
