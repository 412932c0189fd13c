using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Payments.Service.Tests.Shipping;

/// <summary>That the image, which is built elsewhere, fits the repository that it is built from.</summary>
public sealed class DockerfileTests
{
    [Test]
    public void Copy_EachSource_ExistsAndIsNotIgnored()
    {
        var sent = RepositoryFolder.Read(".dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..]).ToList();
        Assert.Multiple(() =>
        {
            foreach (var source in Dockerfile.CopiedBefore("nothing"))
            {
                Assert.That(Path.Exists(Path.Combine(RepositoryFolder.Path, source)), Is.True, source);
                Assert.That(sent, Does.Contain(source.Split('/')[0]), source);
            }
        });
    }

    [Test]
    public void Restore_EachProjectOfService_HasItsFiles() => Assert.That(
        Dockerfile.CopiedBefore("dotnet restore").Where(file => file.StartsWith("src/Payments", StringComparison.Ordinal)),
        Is.EquivalentTo(WithReferences("src/Payments.Api/Payments.Api.csproj").SelectMany(project => (string[])[project, $"{Path.GetDirectoryName(project)}/packages.lock.json"])));

    [Test]
    public void Restore_SharedBuildFiles_AreCopied() => Assert.That(
        Dockerfile.CopiedBefore("dotnet restore").Where(file => !file.StartsWith("src/Payments", StringComparison.Ordinal)),
        Is.EquivalentTo(((string[])["global.json", ".editorconfig", "Directory.Build.props", "Directory.Packages.props", "src/Directory.Build.props"])));

    [Test]
    public void Images_Versions_EqualVersionsOfRepository()
    {
        var sdk = Version.Parse((string)JsonNode.Parse(RepositoryFolder.Read("global.json"))!["sdk"]!["version"]!).ToString(2);
        var framework = XDocument.Parse(RepositoryFolder.Read("Directory.Build.props")).Descendants("TargetFramework").Single().Value["net".Length..];
        var from = Dockerfile.All("FROM").ToList();
        Assert.Multiple(() =>
        {
            Assert.That(from[0], Does.Contain($"/dotnet/sdk:{sdk}-"));
            // Without ICU, which "extra" has, no connection to SQL Server opens.
            Assert.That(from[1], Does.Match($"/dotnet/aspnet:{framework}-[a-z]+-chiseled-extra$"));
        });
    }

    [Test]
    public void LockFile_Runtimes_IncludeBothProcessors() => Assert.That(
        JsonNode.Parse(RepositoryFolder.Read("src/Payments.Api/packages.lock.json"))!["dependencies"]!.AsObject().Select(target => target.Key),
        Is.SupersetOf(((string[])["net10.0/linux-x64", "net10.0/linux-arm64"])));

    [Test]
    public void HealthCheck_Command_IsHealthCommandOfService()
    {
        var entryPoint = JsonSerializer.Deserialize<string[]>(Dockerfile.Only("ENTRYPOINT"))!;
        var healthCheck = Dockerfile.Only("HEALTHCHECK");
        var command = JsonSerializer.Deserialize<string[]>(healthCheck[healthCheck.IndexOf('[', StringComparison.Ordinal)..])!;
        Assert.Multiple(() =>
        {
            Assert.That(command[0], Is.EqualTo(entryPoint[0]));
            Assert.That(command[1..], Is.EqualTo((string[])["health"]));
            Assert.That(Path.GetFileName(entryPoint[0]), Is.EqualTo(typeof(Program).Assembly.GetName().Name));
        });
    }

    [Test]
    public void Url_Port_IsExposedPort() =>
        Assert.That(Dockerfile.All("ENV"), Has.Some.Contains($"ASPNETCORE_URLS=http://+:{Dockerfile.Port}"));

    [Test]
    public void User_Image_IsNotRoot() => Assert.That(Dockerfile.All("USER").Last(), Is.EqualTo("$APP_UID"));

    private static IEnumerable<string> WithReferences(string project)
    {
        var folder = Path.GetDirectoryName(Path.Combine(RepositoryFolder.Path, project))!;
        return XDocument.Parse(RepositoryFolder.Read(project)).Descendants("ProjectReference")
            .Select(reference => Path.GetRelativePath(RepositoryFolder.Path, Path.GetFullPath(reference.Attribute("Include")!.Value, folder)).Replace('\\', '/'))
            .SelectMany(WithReferences)
            .Prepend(project)
            .Distinct();
    }
}
