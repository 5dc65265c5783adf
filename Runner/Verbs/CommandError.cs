using System.CommandLine;
using System.CommandLine.Parsing;

namespace Estampa.Runner;

/// <summary>What is wrong with a command line, in words for people: the parser's own name .NET types, and hide a misspelt verb.</summary>
internal static class CommandError
{
    public static string Text(ParseResult parsed)
    {
        foreach (var option in Results(parsed.RootCommandResult))
        {
            if (option.Tokens.Count > 0 && option.Errors.FirstOrDefault() is { } error)
            {
                return error.Message.Contains("as expected type", StringComparison.Ordinal)
                    ? $"{option.Option.Name}: '{option.Tokens[0].Value}' is not a number that fits"
                    : error.Message.TrimEnd('.');
            }
        }

        return parsed.UnmatchedTokens.Count > 0
            ? $"unknown command or argument '{parsed.UnmatchedTokens[0]}'"
            : parsed.Errors[0].Message.TrimEnd('.');
    }

    private static IEnumerable<OptionResult> Results(CommandResult command) =>
        command.Children.SelectMany(child => child switch
        {
            OptionResult option => [option],
            CommandResult inner => Results(inner),
            _ => [],
        });
}
