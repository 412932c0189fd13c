namespace Payments.Domain.Events;

/// <summary>The author of a change. The text is the kind and the name: <c>client:payments-dev</c>.</summary>
public sealed record Actor
{
    /// <summary>The max length of a name in UTF-16 code units. Longer names are cut off.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Creates an actor.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The enum does not define the kind.</exception>
    public Actor(ActorKind kind, string name)
    {
        _ = WireName<ActorKind>.Of(kind);
        name = name.Trim(); // SQL Server finds a name with and without spaces at its end
        var length = name.Length <= MaxNameLength ? name.Length
            : char.IsHighSurrogate(name[MaxNameLength - 1]) ? MaxNameLength - 1
            : MaxNameLength;
        (Kind, Name) = (kind, name[..length]);
    }

    /// <summary>The service itself, for a change that no caller requested.</summary>
    public static Actor Service { get; } = new(ActorKind.Service, "payments");

    /// <summary>The kind.</summary>
    public ActorKind Kind { get; }
    /// <summary>The client id, the user's name, or the connector's id.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{WireName<ActorKind>.Of(Kind)}:{Name}";
}

/// <summary>The kind of an actor.</summary>
public enum ActorKind
{
    /// <summary>A client of the API, named by its <c>client_id</c> or, without one, its subject.</summary>
    [JsonStringEnumMemberName("client")] Client = 1,
    /// <summary>A person who is signed in to the dashboard.</summary>
    [JsonStringEnumMemberName("user")] User = 2,
    /// <summary>The operating system's user who ran a command.</summary>
    [JsonStringEnumMemberName("command-line")] CommandLine = 3,
    /// <summary>A provider's webhook, named by its connector.</summary>
    [JsonStringEnumMemberName("provider-webhook")] ProviderWebhook = 4,
    /// <summary>The service itself.</summary>
    [JsonStringEnumMemberName("service")] Service = 5,
}
