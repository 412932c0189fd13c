using Payments.ClientGenerator;

namespace Payments.Client.Tests;

[TestFixture]
public sealed class CSharpClientTests
{
    [Test]
    public void Generate_CommittedDocument_EqualsCommittedClient()
    {
        var generated = CSharpClient.Generate(Read(CSharpClient.DocumentPath));

        Assert.That(
            Read(CSharpClient.ClientPath) == generated,
            $"{CSharpClient.ClientPath} is not what {CSharpClient.DocumentPath} makes; run: {CSharpClient.Command}");
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));
}
