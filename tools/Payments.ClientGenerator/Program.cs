using Payments.ClientGenerator;

var path = Path.Combine(Repository.Root, CSharpClient.ClientPath);
var code = CSharpClient.Generate(File.ReadAllText(Path.Combine(Repository.Root, CSharpClient.DocumentPath)));
if (File.Exists(path) && File.ReadAllText(path) == code)
{
    Console.WriteLine($"{CSharpClient.ClientPath} is up to date.");
}
else
{
    File.WriteAllText(path, code);
    Console.WriteLine($"{CSharpClient.ClientPath} was generated from {CSharpClient.DocumentPath}.");
}
