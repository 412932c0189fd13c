using Microsoft.Extensions.Primitives;

namespace Payments.Dashboard.Lists;

/// <summary>The filter of a list by the state of its items.</summary>
internal static class StateFilter
{
    /// <summary>Reads the parameter <c>state</c>; null for all states.</summary>
    /// <exception cref="ValidationException">It is not the name of one state.</exception>
    public static TState? Read<TState>(StringValues state) where TState : struct, Enum
    {
        if (state.Count == 0)
        {
            return null;
        }

        var validation = new Validation();
        var read = validation.RequiredName<TState>("state", state.Count == 1 ? state[0] : "");
        validation.ThrowIfInvalid();
        return read;
    }
}
