using System.Text.RegularExpressions;

namespace Payments.Service.Tests.Shipping;

/// <summary>The instructions of the Dockerfile, for those who ask what it says; a line that goes on is one with the next.</summary>
internal static partial class Dockerfile
{
    private static readonly List<(string Name, string Arguments)> Instructions =
    [
        .. from Match instruction in Instruction().Matches(Continuation().Replace(RepositoryFolder.Read("Dockerfile"), " "))
           select (instruction.Groups[1].Value, instruction.Groups[2].Value),
    ];

    public static string Port => Only("EXPOSE");

    /// <summary>What an instruction that is there once says.</summary>
    public static string Only(string name) => All(name).Single();

    public static IEnumerable<string> All(string name) => Instructions.Where(instruction => instruction.Name == name).Select(instruction => instruction.Arguments);

    /// <summary>What is copied from the repository before the line that holds a text.</summary>
    public static List<string> CopiedBefore(string text) =>
    [
        .. Instructions.TakeWhile(instruction => !instruction.Arguments.Contains(text, StringComparison.Ordinal))
            .Where(instruction => instruction.Name == "COPY" && !instruction.Arguments.StartsWith("--from", StringComparison.Ordinal))
            .SelectMany(instruction => instruction.Arguments.Split(' ')[..^1]),
    ];

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continuation();

    [GeneratedRegex("^([A-Z]+) (.+)$", RegexOptions.Multiline)]
    private static partial Regex Instruction();
}
