using System.Diagnostics.CodeAnalysis;

namespace Payments.Domain;

/// <summary>Reads a request's values and gathers every broken rule, so that one answer can name them all.</summary>
/// <remarks>A value that could not be read is returned as its default; call <see cref="ThrowIfInvalid"/> before using any.</remarks>
public sealed class Validation
{
    /// <summary>The number of errors that are kept, so that a response cannot be many times as long as its request.</summary>
    public const int MaxErrors = 100;

    private readonly List<FieldError> _errors = [];

    /// <summary>Whether any rule is broken so far.</summary>
    public bool HasErrors => _errors.Count > 0;

    /// <summary>Adds a broken rule; only the first <see cref="MaxErrors"/> are kept.</summary>
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

    /// <summary>Reads a value that must be given.</summary>
    public T Required<T>(string field, string? text)
        where T : IValueObject<T> => TryRead<T>(field, text, out var value) ? value : default!;

    /// <summary>Reads a value that may be left out; the contract answers such a value as "", so "" is read as left out too.</summary>
    public T? Optional<T>(string field, string? text)
        where T : IValueObject<T> =>
        string.IsNullOrEmpty(text) ? default : Required<T>(field, text);

    /// <summary>Reads a wire name that must be given.</summary>
    public TEnum RequiredName<TEnum>(string field, string? text)
        where TEnum : struct, Enum
    {
        if (text is null)
        {
            Add(field, $"is required and {WireName<TEnum>.Rule}");
            return default;
        }

        if (!WireName<TEnum>.TryParse(text, out var value))
        {
            Add(field, WireName<TEnum>.Rule);
        }

        return value;
    }

    /// <summary>Reads a required value; false if it is missing or invalid.</summary>
    internal bool TryRead<T>(string field, string? text, [MaybeNullWhen(false)] out T value)
        where T : IValueObject<T>
    {
        value = default;
        if (text is not null && T.TryParse(text, out value))
        {
            return true;
        }

        Add(field, text is null ? "is required" : T.Rule);
        return false;
    }

    /// <summary>Ends the reading.</summary>
    /// <exception cref="ValidationException">A rule is broken.</exception>
    public void ThrowIfInvalid()
    {
        if (HasErrors)
        {
            throw new ValidationException(_errors);
        }
    }
}
