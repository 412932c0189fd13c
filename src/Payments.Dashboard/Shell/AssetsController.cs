namespace Payments.Dashboard.Shell;

/// <summary>Serves the stylesheet, the scripts and the images. The sign-in page needs them too.</summary>
[Route("dashboard/assets"), AllowAnonymous, ApiExplorerSettings(IgnoreApi = true)]
public sealed class AssetsController : ControllerBase
{
    /// <summary>Returns an asset.</summary>
    [HttpGet("{version}/{**name}")]
    public IActionResult Get(string version, string name)
    {
        if (version != AssetFile.Version || AssetFile.Find(name) is not { } asset)
        {
            return NotFound();
        }

        Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        Response.Headers.Vary = "Accept-Encoding";
        if (Request.GetTypedHeaders().AcceptEncoding.Any(encoding => encoding.Value == "gzip" && encoding.Quality is not 0))
        {
            // Assets have no secrets, which compression could reveal together with text that an attacker chooses.
            Response.Headers.ContentEncoding = "gzip";
            return File(asset.Compressed, asset.Type);
        }

        return File(asset.Content, asset.Type);
    }
}
