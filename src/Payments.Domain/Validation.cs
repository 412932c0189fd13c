namespace Payments.Domain;

/// <summary>Reads the values of a request and collects every broken rule, so that one response names them all.</summary>
/// <remarks>An invalid value is returned as its type's default. Call <see cref="ThrowIfInvalid"/> before you use the values.</remarks>
public sealed class Validation
{
    /// <summary>The max number of errors that are collected, so that a response is not many times as long as its request.</summary>
    public const int MaxErrors = 100;

    private readonly List<FieldError> _errors = [];

    /// <summary>Whether a rule is broken.</summary>
    public bool HasErrors => _errors.Count > 0;

    /// <summary>Adds a broken rule, up to <see cref="MaxErrors"/>.</summary>
    public void Add(string field, string rule)
    {
        if (_errors.Count < MaxErrors)
        {
            _errors.Add(new(field, rule));
        }
    }

    /// <summary>Adds a rule if it is broken.</summary>
    public void AddIf(bool isBroken, string field, string rule)
    {
        if (isBroken)
        {
            Add(field, rule);
        }
    }

    /// <summary>Reads a required value.</summary>
    public T Required<T>(string field, string? text) where T : IValueObject<T> => TryRead<T>(field, text, out var value) ? value : default!;

    /// <summary>Reads an optional value. <c>""</c> means that it is missing, because the contract writes a missing value as <c>""</c>.</summary>
    public T? Optional<T>(string field, string? text) where T : IValueObject<T> => string.IsNullOrEmpty(text) ? default : Required<T>(field, text);

    /// <summary>Reads a required wire name.</summary>
    public TEnum RequiredName<TEnum>(string field, string? text) where TEnum : struct, Enum
    {
        if (text is not null && WireName<TEnum>.TryParse(text, out var value))
        {
            return value;
        }

        Add(field, text is null ? $"is required and {WireName<TEnum>.Rule}" : WireName<TEnum>.Rule);
        return default;
    }

    /// <summary>Reads a required value; false if it is missing or invalid.</summary>
    internal bool TryRead<T>(string field, string? text, [MaybeNullWhen(false)] out T value) where T : IValueObject<T>
    {
        value = default;
        if (text is not null && T.TryParse(text, out value))
        {
            return true;
        }

        Add(field, text is null ? "is required" : T.Rule);
        return false;
    }

    /// <summary>Throws if a rule is broken.</summary>
    /// <exception cref="ValidationException">It contains every collected error.</exception>
    public void ThrowIfInvalid()
    {
        if (HasErrors)
        {
            throw new ValidationException(_errors);
        }
    }
}
