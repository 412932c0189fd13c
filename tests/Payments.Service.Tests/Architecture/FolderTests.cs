using System.Text.RegularExpressions;

namespace Payments.Service.Tests.Architecture;

/// <summary>Which folders of a project use which, read from the source files: two folders may not use each other, not even by way of others.</summary>
public sealed partial class FolderTests
{
    private const string Root = "(root)";

    [TestCase("Payments.Domain")]
    [TestCase("Payments.Application")]
    [TestCase("Payments.Providers")]
    [TestCase("Payments.Infrastructure")]
    [TestCase("Payments.Dashboard")]
    [TestCase("Payments.Api")]
    [TestCase("Payments.Client")]
    public void Folders_EachProject_HaveNoCircularReference(string project)
    {
        var uses = Uses(project);
        var reached = uses.Keys.ToDictionary(folder => folder, folder => Reached(folder, uses));
        var circle = (
            from use in uses
            from used in use.Value
            where reached[used.Key].Contains(use.Key)
            select $"{use.Key} -> {used.Key} ({string.Join(", ", used.Value)})").ToList();
        Assert.That(circle, Is.Empty, () => string.Join('\n', circle));
    }

    // For each folder, the folders it uses, and in which files.
    private static Dictionary<string, Dictionary<string, List<string>>> Uses(string project)
    {
        var path = Path.Combine(RepositoryFolder.Path, "src", project);
        var files = (
            from file in Directory.EnumerateFiles(path, "*.cs", SearchOption.AllDirectories)
            let folder = Path.GetRelativePath(path, Path.GetDirectoryName(file)!).Replace('\\', '/')
            select (Name: Path.GetFileName(file), Folder: folder == "." ? Root : folder, Code: Comment().Replace(File.ReadAllText(file), ""))).ToList();
        var types = files.ToLookup(file => file.Folder, file => Type().Matches(file.Code).Select(type => type.Groups[1].Value))
            .ToDictionary(folder => folder.Key, folder => string.Join('|', folder.SelectMany(names => names).Distinct().DefaultIfEmpty("$none")));
        var uses = types.Keys.ToDictionary(folder => folder, _ => new Dictionary<string, List<string>>());
        foreach (var (name, folder, code) in files)
        {
            foreach (var other in types.Keys.Where(other => other != folder && IsUsed(other)))
            {
                (uses[folder].TryGetValue(other, out var list) ? list : uses[folder][other] = []).Add(name);
            }

            bool IsUsed(string other)
            {
                var relative = other == Root ? "" : "." + other.Replace('/', '.');
                // A folder sees the types of the folders around it without a using directive.
                var isAround = other == Root || folder.StartsWith($"{other}/", StringComparison.Ordinal);
                var qualifier = relative == "" ? $"{project}\\." : $"({Regex.Escape(project)}\\.|{Regex.Escape(project.Split('.')[^1])}\\.)?{Regex.Escape(relative[1..])}\\.";
                return (relative != "" && Regex.IsMatch(code, $@"^(global )?using (static |\w+ = )?{Regex.Escape(project + relative)}(;|\.({types[other]})\b)", RegexOptions.Multiline))
                    || Regex.IsMatch(code, $@"(?<![\w.]){qualifier}({types[other]})\b")
                    || (isAround && Regex.IsMatch(code, $@"(?<![\w.])({types[other]})\b"));
            }
        }

        return uses;
    }

    private static HashSet<string> Reached(string folder, Dictionary<string, Dictionary<string, List<string>>> uses)
    {
        var reached = new HashSet<string>();
        var open = new Stack<string>([folder]);
        while (open.TryPop(out var next))
        {
            foreach (var used in uses[next].Keys.Where(reached.Add))
            {
                open.Push(used);
            }
        }

        return reached;
    }

    [GeneratedRegex(@"//.*|/\*[\s\S]*?\*/")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record(?: struct)?|delegate [\w<>?\[\]]+) ([A-Z]\w*)")]
    private static partial Regex Type();
}
