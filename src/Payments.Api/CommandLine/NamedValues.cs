using System.CommandLine;

namespace Payments.Api.CommandLine;

/// <summary>An argument that accepts options which the command line does not know: --name=value or --name value, any number of them.</summary>
internal static class NamedValues
{
    public static Argument<KeyValuePair<string, string>[]> Argument(string name, string description) => new(name)
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = description,
        CustomParser = result =>
        {
            var values = new List<KeyValuePair<string, string>>();
            for (var i = 0; i < result.Tokens.Count; i++)
            {
                var token = result.Tokens[i].Value;
                var isOption = token.StartsWith("--", StringComparison.Ordinal);
                if (token.Split('=', 2) is [var before, var after])
                {
                    values.Add(new(before.TrimStart('-', '/'), after));
                }
                else if (isOption && i + 1 < result.Tokens.Count)
                {
                    values.Add(new(token[2..], result.Tokens[++i].Value));
                }
                else
                {
                    result.AddError(isOption ? $"Required argument missing for option: '{token}'." : $"Unrecognized command or argument '{token}'.");
                }
            }

            return [.. values];
        },
    };
}
