using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Xml.Linq;
using Payments.Client;

namespace Payments.Service.Tests.Shipping;

/// <summary>The packages of the C# client, as they are made of this build.</summary>
[TestFixture("Payments.Client", "The client of the Payments service")]
[TestFixture("Payments.Client.AspNetCore", "Receives the webhooks of the Payments service")]
public sealed class PackageTests(string project, string description)
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("payments-");
    private string _version = null!;

    [OneTimeSetUp]
    public async Task Pack()
    {
        _version = typeof(PaymentsClient).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        // The folder of a build is named after its configuration.
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        using var pack = Process.Start(new ProcessStartInfo(
            "dotnet", ["pack", $"src/{project}", "--no-build", "--configuration", configuration, "--output", _folder.FullName])
        {
            WorkingDirectory = RepositoryFolder.Path,
            RedirectStandardOutput = true,
        })!;
        var output = await pack.StandardOutput.ReadToEndAsync();
        await pack.WaitForExitAsync();
        Assert.That(pack.ExitCode, Is.Zero, output);
    }

    [OneTimeTearDown]
    public void Delete() => _folder.Delete(recursive: true);

    [Test]
    public void Package_Contents_IncludeAssemblyDocumentationReadmeAndLicense() => Assert.That(
        Entries($"{project}.{_version}.nupkg"),
        Is.SupersetOf((string[])[$"lib/net10.0/{project}.dll", $"lib/net10.0/{project}.xml", "README.md", "LICENSE", $"{project}.nuspec"]));

    [Test]
    public void SymbolPackage_Contents_IncludeSymbols() =>
        Assert.That(Entries($"{project}.{_version}.snupkg"), Does.Contain($"lib/net10.0/{project}.pdb"));

    [Test]
    public async Task Nuspec_Metadata_HasLicenseReadmeAndDescription()
    {
        await using var package = await ZipFile.OpenReadAsync(Path.Combine(_folder.FullName, $"{project}.{_version}.nupkg"));
        await using var nuspec = await package.GetEntry($"{project}.nuspec")!.OpenAsync();
        var metadata = (await XDocument.LoadAsync(nuspec, LoadOptions.None, default)).Root!.Elements().Single();
        var texts = metadata.Elements().ToLookup(element => element.Name.LocalName, element => element.Value);
        Assert.Multiple(() =>
        {
            Assert.That(texts["license"], Is.EqualTo((string[])["MIT"]));
            Assert.That(texts["readme"], Is.EqualTo((string[])["README.md"]));
            Assert.That(texts["description"].Single(), Does.StartWith(description));
            Assert.That($"{metadata}", Does.Not.Contain("file:").And.Not.Contain("url=\"/"), "where it happened to be built is nobody's business");
        });
    }

    private List<string> Entries(string package)
    {
        using var zip = ZipFile.OpenRead(Path.Combine(_folder.FullName, package));
        return [.. zip.Entries.Select(entry => entry.FullName)];
    }
}
