using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Payments.Service.Tests.Architecture;

/// <summary>What each project may reference, read from the project files.</summary>
public sealed class ProjectTests
{
    private static readonly Dictionary<string, string[]> AllowedProjects = new()
    {
        ["Payments.Domain"] = [],
        ["Payments.Application"] = ["Payments.Domain"],
        ["Payments.Infrastructure"] = ["Payments.Application", "Payments.Domain"],
        ["Payments.Providers"] = ["Payments.Application"],
        ["Payments.Dashboard"] = ["Payments.Application"],
        ["Payments.Api"] = ["Payments.Application", "Payments.Dashboard", "Payments.Infrastructure", "Payments.Providers"],
        ["Payments.Client"] = [],
        ["Payments.Client.AspNetCore"] = ["Payments.Client"],
        ["Payments.ClientGenerator"] = [],
        ["Payments.Durability"] = ["Payments.Api", "Payments.TestCommon"],
        ["Payments.Bench"] = ["Payments.Api", "Payments.Infrastructure"],
        ["Payments.MicroBench"] = ["Payments.Api"],
        ["EventConsumer"] = ["Payments.Client"],
        ["Payments.TestCommon"] = ["Payments.Domain"],
        ["Payments.Domain.Tests"] = ["Payments.Domain", "Payments.TestCommon"],
        ["Payments.Application.Tests"] = ["Payments.Application", "Payments.TestCommon"],
        ["Payments.Infrastructure.Tests"] = ["Payments.Infrastructure", "Payments.TestCommon"],
        ["Payments.Providers.Tests"] = ["Payments.Api", "Payments.Providers", "Payments.TestCommon"],
        ["Payments.TransactSql.Tests"] = ["Payments.Infrastructure", "Payments.TestCommon"],
        ["Payments.Api.Tests"] = ["Payments.Api", "Payments.Client", "Payments.TestCommon"],
        ["Payments.Service.Tests"] = ["Payments.Api", "Payments.Client", "Payments.Client.AspNetCore", "Payments.TestCommon", "EventConsumer"],
        ["Payments.Dashboard.Tests"] = ["Payments.Api", "Payments.Dashboard", "Payments.TestCommon"],
        ["Payments.Client.Tests"] = ["Payments.Client", "Payments.Client.AspNetCore", "Payments.ClientGenerator"],
        ["Payments.Durability.Tests"] = ["Payments.Durability"],
    };

    private static readonly string[] Files =
    [
        .. from folder in (string[])["src", "tests", "tools", "bench", "samples"]
           from file in Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Path, folder), "*.csproj", SearchOption.AllDirectories)
           select file,
    ];

    private static IEnumerable<string> Projects => Files.Select(file => Path.GetFileNameWithoutExtension(file));

    [TestCaseSource(nameof(Projects))]
    public void Project_References_OnlyAllowedProjects(string project)
    {
        Assert.That(AllowedProjects, Does.ContainKey(project), "Add the project to AllowedProjects.");
        Assert.That(Included(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)), Is.SubsetOf(AllowedProjects[project]));
    }

    [TestCase("Payments.Domain", "^$")]
    [TestCase("Payments.Application", @"^(MediatR|Microsoft\.Extensions\.[A-Za-z.]+\.Abstractions)$")]
    [TestCase("Payments.Providers", @"^Microsoft\.Extensions\.[A-Za-z.]+\.Abstractions$")]
    [TestCase("Payments.Infrastructure", @"^(Dapper|Microsoft\.Data\.[A-Za-z]+|Microsoft\.Extensions\.[A-Za-z.]+|Microsoft\.Security\.AntiSSRF)$")]
    [TestCase("Payments.Dashboard", @"^(MediatR|Microsoft\.AspNetCore\.[A-Za-z.]+)$")]
    [TestCase("Payments.Client", @"^Microsoft\.Extensions\.[A-Za-z.]+$")]
    [TestCase("Payments.Client.AspNetCore", @"^Microsoft\.AspNetCore\.App$")]
    public void Project_References_OnlyAllowedPackages(string project, string allowed)
    {
        var references = Included(project, "PackageReference").Concat(Included(project, "FrameworkReference")).ToList();
        if (Load(project).Root!.Attribute("Sdk")!.Value != "Microsoft.NET.Sdk")
        {
            references.Add("Microsoft.AspNetCore.App");
        }

        Assert.That(references.Where(reference => !Regex.IsMatch(reference, allowed)), Is.Empty);
    }

    private static IEnumerable<string> Included(string project, string item) =>
        Load(project).Descendants(item).SelectMany(reference => reference.Attribute("Include")!.Value.Replace('\\', '/').Split(';'));

    private static XDocument Load(string project) => XDocument.Load(Files.Single(file => Path.GetFileNameWithoutExtension(file) == project));
}
