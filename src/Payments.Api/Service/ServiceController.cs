using System.Reflection;

namespace Payments.Api.Service;

/// <summary>The service itself.</summary>
[Route("api/payments"), AllowAnonymous]
public sealed class ServiceController : ControllerBase
{
    internal static string Version { get; } =
        typeof(ServiceController).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Returns the version of the service.</summary>
    /// <response code="200">The version.</response>
    [HttpGet("_info")]
    public ActionResult<ServerInfo> GetServerInfo() => new ServerInfo { Version = Version };
}

/// <summary>Information about the service.</summary>
public sealed record ServerInfo
{
    /// <summary>The version of the service.</summary>
    /// <example>0.1.0</example>
    [Required] public required string Version { get; init; }
}
