namespace Payments.Dashboard.Installation;

/// <summary>The page about the service itself.</summary>
public sealed record InstallationModel
{
    /// <summary>The version of the service.</summary>
    public required string Version { get; init; }
    /// <summary>When this instance started.</summary>
    public required DateTimeOffset StartedAt { get; init; }
    /// <summary>The time since then.</summary>
    public required TimeSpan Uptime { get; init; }
    /// <summary>The kind of the database and where it is, without credentials.</summary>
    public required string Database { get; init; }
    /// <summary>The size of the data in bytes; null if the database does not respond.</summary>
    public required long? DatabaseBytes { get; init; }
    /// <summary>The SHA-256 of the script that created the schema.</summary>
    public required string Schema { get; init; }
    /// <summary>The health checks.</summary>
    public required IReadOnlyList<HealthCheckState> Checks { get; init; }
    /// <summary>The limits that settings can change.</summary>
    public required IReadOnlyList<Limit> Limits { get; init; }
    /// <summary>The key files.</summary>
    public required IReadOnlyList<KeyFile> Keys { get; init; }

    /// <summary>A duration in its two largest units: <c>3 days 4 hours</c>.</summary>
    public static string Words(TimeSpan duration)
    {
        (int Count, string Unit)[] parts = [(duration.Days, "day"), (duration.Hours, "hour"), (duration.Minutes, "minute"), (duration.Seconds, "second")];
        var words = parts.SkipWhile(part => part.Count == 0).Take(2).Where(part => part.Count > 0).Select(part => $"{part.Count} {part.Unit}{(part.Count == 1 ? "" : "s")}");
        return duration < TimeSpan.FromSeconds(1) ? "less than a second" : string.Join(' ', words);
    }

    /// <summary>A number of bytes in the largest unit of which there is one: <c>1.7 GB</c>.</summary>
    public static string Size(long bytes, IFormatProvider format)
    {
        string[] units = ["bytes", "kB", "MB", "GB", "TB"];
        decimal size = bytes;
        var unit = 0;
        for (; size >= 1000 && unit < units.Length - 1; unit++)
        {
            size /= 1000;
        }

        return $"{size.ToString(unit == 0 ? "0" : "0.0", format)} {units[unit]}";
    }
}

/// <summary>The result of a health check.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Fault">What is wrong; null if it is healthy.</param>
public sealed record HealthCheckState(string Name, string? Fault);

/// <summary>A limit in force.</summary>
/// <param name="Name">What it limits.</param>
/// <param name="Value">The limit; 0 means none, if <paramref name="Unit"/> is a rate.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Setting">The setting that changes it.</param>
public sealed record Limit(string Name, long Value, string Unit, string Setting);

/// <summary>A file with a key.</summary>
/// <param name="Purpose">What the key does.</param>
/// <param name="Path">Where the file is.</param>
/// <param name="Exists">Whether it exists.</param>
/// <param name="IsOpenToOthers">Whether other users of the machine have any permission on it.</param>
public sealed record KeyFile(string Purpose, string Path, bool Exists, bool IsOpenToOthers)
{
    /// <summary>The color and word of the state.</summary>
    public (string Color, string Text) State => !Exists ? ("bad", "missing") : IsOpenToOthers ? ("warn", "open to other users") : ("ok", "private");
}
