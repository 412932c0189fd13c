using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Payments.Service.Tests.Shipping;

/// <summary>That the workflow, which runs elsewhere, runs what is there.</summary>
public sealed partial class WorkflowTests
{
    private static readonly YamlMappingNode Workflow = Load();

    private static IEnumerable<YamlMappingNode> Steps =>
        ((YamlMappingNode)Workflow["jobs"]).Children.Values.SelectMany(job => (YamlSequenceNode)job["steps"]).Cast<YamlMappingNode>();

    private static IEnumerable<string> Commands =>
        Steps.Where(step => step.Children.ContainsKey("run")).Select(step => ((YamlScalarNode)step["run"]).Value!);

    [Test]
    public void Scripts_EachCommand_Exist() => Assert.That(
        Commands.SelectMany(command => Script().Matches(command)).Select(script => script.Value),
        Is.Not.Empty.And.All.Matches<string>(script => File.Exists(Path.Combine(RepositoryFolder.Path, script!))));

    [Test]
    public void BuildTasks_EachCommand_Exist()
    {
        var tasks = Regex.Match(RepositoryFolder.Read("build.ps1"), @"ValidateSet\((.+)\)").Groups[1].Value;
        Assert.That(
            Commands.SelectMany(command => Regex.Matches(command, @"build\.ps1 (\w+)")).Select(task => $"'{task.Groups[1].Value}'"),
            Is.Not.Empty.And.All.Matches<string>(task => tasks.Contains(task!, StringComparison.Ordinal)));
    }

    [Test]
    public void SqlServer_TestJob_HasItsPassword()
    {
        var test = Workflow["jobs"]["test"];
        Assert.That($"{test["env"][NewSqlServerDatabase.Variable]}", Does.Contain($"Password={test["services"]["sqlserver"]["env"]["MSSQL_SA_PASSWORD"]};"));
    }

    [Test]
    public void ComposeVariables_Required_AreSet() => Assert.That(
        ((YamlMappingNode)Workflow["jobs"]["compose"]["env"]).Children.Keys.Select(name => $"{name}"),
        Is.SupersetOf(Regex.Matches(RepositoryFolder.Read("compose.yaml"), @"\$\{(\w+):\?").Select(variable => variable.Groups[1].Value)));

    // A job may do more than read only where it says so, and the code of others is of a version.
    [Test]
    public void Permissions_Workflow_AreReadOnly() => Assert.That(
        ((YamlMappingNode)Workflow["permissions"]).Children.Select(permission => $"{permission.Key}: {permission.Value}"), Is.EqualTo((string[])["contents: read"]));

    [Test]
    public void Actions_EachStep_HaveVersion() => Assert.That(
        Steps.Where(step => step.Children.ContainsKey("uses")).Select(step => $"{step["uses"]}"),
        Is.Not.Empty.And.All.Match(@"^actions/[a-z-]+@v\d+$"));

    private static YamlMappingNode Load()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(RepositoryFolder.Read(".github/workflows/ci.yml")));
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    [GeneratedRegex(@"(?<=^|\s)(\./|\.ci/)\S+", RegexOptions.Multiline)]
    private static partial Regex Script();
}
