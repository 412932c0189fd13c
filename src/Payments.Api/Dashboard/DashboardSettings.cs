using Payments.Api.Authentication;
using Payments.Api.Hosting;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Dashboard;

/// <summary>The settings of the dashboard, under <c>Dashboard</c>.</summary>
internal sealed class DashboardSettings : ISettings
{
    public const string EnabledKey = "Dashboard:Enabled";

    /// <summary>If false, the service has no dashboard: no page, no cookie and no worker for it.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The people who can sign in, if there is no authority.</summary>
    public Dictionary<string, UserSettings> Users { get; } = [];

    /// <summary>The dashboard's client at the authority; empty if people cannot sign in there.</summary>
    public string ClientId { get; set => field = value ?? ""; } = "";

    /// <summary>Empty for a public client, which has no secret.</summary>
    public string ClientSecret { get; set => field = value ?? ""; } = "";

    /// <summary>What the authority expects before the names of the scopes, such as <c>api://payments/</c> for Microsoft Entra.</summary>
    public string ScopePrefix { get; set => field = value ?? ""; } = "";

    /// <summary>The key that encrypts the cookies; created at the first start. A relative path starts at the content root.</summary>
    public string SessionKeyFile { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = "data/session-key.txt";

    internal bool HasAuthority { get; private set; }

    public void Complete(AuthenticationSettings authentication, IHostEnvironment environment)
    {
        SessionKeyFile = Path.GetFullPath(SessionKeyFile, environment.ContentRootPath);
        HasAuthority = authentication.Authority.Length > 0;
    }

    public IEnumerable<(bool IsWrong, string Error)> Checks(IHostEnvironment environment) =>
    [
        (HasAuthority && Users.Count > 0,
            $"Dashboard:Users is set, but people sign in at {AuthenticationSettings.AuthorityKey}. Remove one of them."),
        (!HasAuthority && ClientId.Length > 0,
            $"Dashboard:ClientId is '{ClientId}', but {AuthenticationSettings.AuthorityKey} is not set. Set it to the URL of the OpenID Connect server, or remove Dashboard:ClientId."),
        (ClientId.Length == 0 && ClientSecret.Length > 0, "Dashboard:ClientSecret is set, but Dashboard:ClientId is not. Set both, or remove Dashboard:ClientSecret."),
        .. Users.SelectMany(user => user.Value.Checks($"Dashboard:Users:{user.Key}")),
        .. Users.GroupBy(user => user.Value.Name, StringComparer.Ordinal).SelectMany(users => users.Skip(1)).Select(user => (
            user.Value.Name.Length > 0,
            $"Dashboard:Users:{user.Key}:Name is '{user.Value.Name}', which another user already has. Set a different name for each user.")),
    ];
}

/// <summary>A person who signs in with a password.</summary>
internal sealed class UserSettings
{
    private const int MaxNameLength = 100;

    public string Name { get; set => field = value ?? ""; } = "";

    /// <summary>The output of the command hash-secret.</summary>
    public string PasswordHash { get; set => field = value ?? ""; } = "";

    public SettingList Scopes { get; set => field = value ?? []; } = [];

    public IEnumerable<(bool IsWrong, string Error)> Checks(string key) =>
    [
        (Name.Length == 0, $"{key}:Name is not set. Set it to the name that the user types."),
        (Name.Length > MaxNameLength || Name != Name.Trim() || Name.Any(char.IsControl),
            $"{key}:Name is '{Name}'. Set it to at most {MaxNameLength} characters without spaces at the start and end."),
        (PasswordHash.Length == 0, $"{key}:PasswordHash is not set. Set it to the output of the command hash-secret."),
        (PasswordHash.Length > 0 && !Credential.IsSlowHash(PasswordHash), $"{key}:PasswordHash is not a hash of a password. Set it to the output of the command hash-secret."),
        (!Scopes.Contains(Scope.Read), $"{key}:Scopes does not contain {Scope.Read}, which every page needs. Set it to '{Scope.Read}' or '{string.Join(' ', Scope.All)}'."),
        .. Scopes.Except(Scope.All, StringComparer.Ordinal)
            .Select(unknown => (true, $"{key}:Scopes contains '{unknown}'. Set it to '{Scope.Read}' or '{string.Join(' ', Scope.All)}'.")),
    ];
}
