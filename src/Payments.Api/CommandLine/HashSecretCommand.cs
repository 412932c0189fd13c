using System.CommandLine;
using Payments.Api.Authentication;

namespace Payments.Api.CommandLine;

internal static class HashSecretCommand
{
    public static Command Create()
    {
        var command = new Command(
            "hash-secret", "Reads the secret of a client from standard input and prints its hash for Authentication:Clients:0:ClientSecretHash.");
        command.SetAction(_ =>
        {
            if (!Console.IsInputRedirected)
            {
                Console.Error.Write("Secret (shown as you type): ");
            }

            if (Console.In.ReadLine() is not { Length: > 0 } secret)
            {
                return CommandHost.Fail("Standard input contains no secret.");
            }

            if (secret == AuthenticationSettings.DevelopmentClient.ClientSecret)
            {
                return CommandHost.Fail("This is the public secret of the Development client. Choose another one.");
            }

            Console.WriteLine(OAuthClient.SlowHash(secret));
            return 0;
        });
        return command;
    }
}
