namespace Payments.Application.Events;

/// <summary>The author of the changes of the current request, command or background task. It flows like <c>Activity.Current</c>.</summary>
public static class CurrentActor
{
    private static readonly AsyncLocal<Actor?> Current = new();

    /// <summary>The actor; <see cref="Actor.Service"/> until one is set.</summary>
    public static Actor Value
    {
        get => Current.Value ?? Actor.Service;
        set => Current.Value = value;
    }
}
