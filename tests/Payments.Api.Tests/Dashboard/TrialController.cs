using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Payments.Application.Events;
using Payments.Dashboard.Session;
using Payments.Dashboard.Shell;

namespace Payments.Api.Tests.Dashboard;

/// <summary>Actions that only tests have.</summary>
[Route("dashboard/trial")]
public sealed class TrialController : DashboardController
{
    /// <summary>Returns the actor of a change.</summary>
    [HttpPost, Authorize(DashboardScope.Write)]
    public IActionResult Change() => Content($"actor={CurrentActor.Value}");

    /// <summary>Fails.</summary>
    [HttpGet("fault")]
    public IActionResult Fail() => throw new InvalidOperationException($"a secret detail of {Request.Path}");
}
