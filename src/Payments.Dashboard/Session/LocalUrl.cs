using Microsoft.AspNetCore.Http.HttpResults;

namespace Payments.Dashboard.Session;

/// <summary>Where to go after a form: only to a page of the dashboard, because the URL comes from a link that anybody can write.</summary>
internal static class LocalUrl
{
    private const string Home = "/dashboard";
    private static readonly Uri Origin = new("http://localhost");

    /// <summary>The URL without dot segments; the first page if it leads elsewhere.</summary>
    public static string OrHome(string? url) =>
        RedirectHttpResult.IsLocalUrl(url) && Uri.TryCreate(Origin, url, out var target) && target.Authority == Origin.Authority
        && (target.AbsolutePath == Home || target.AbsolutePath.StartsWith($"{Home}/", StringComparison.Ordinal))
            ? target.PathAndQuery + target.Fragment : Home;
}
