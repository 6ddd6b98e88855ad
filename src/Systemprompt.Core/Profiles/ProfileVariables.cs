using System.Text;
using System.Text.RegularExpressions;

namespace Systemprompt.Profiles;

/// <summary>
/// Fills <c>${NAME}</c>, <c>${NAME:-default}</c> and <c>${file:/path}</c> into a value; <c>$${</c> stands for a literal <c>${</c>. A variable
/// that is unset is taken from the file that <c>NAME_FILE</c> names, where that is set (as container secrets are mounted).
/// </summary>
internal sealed partial class ProfileVariables(Func<string, string?> variables)
{
    /// <summary>A reference and nothing else, with no default but an empty one.</summary>
    public const string SecretPattern = @"^\$\{(file:[^}]+|[A-Za-z_][A-Za-z0-9_]*(:-)?)\}$";

    private const int LongestFile = 64 * 1024;

    /// <summary>Whether a secret may be written like this: it names where the secret is, and holds nothing of it.</summary>
    public static bool IsSecretReference(string text) => SecretReference().IsMatch(text);

    /// <summary>The value filled in, the variables it came from, or what is wrong. A secret has no default but an empty one.</summary>
    public Filled Fill(string text, bool secret = false)
    {
        if (!text.Contains("${", StringComparison.Ordinal)) return new Filled(text, [], null);
        var result = new StringBuilder();
        var origins = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            if (text.AsSpan(at).StartsWith("$${"))
            {
                result.Append("${");
                at += 3;
            }
            else if (text.AsSpan(at).StartsWith("${"))
            {
                var end = text.IndexOf('}', at);
                if (end < 0) return Filled.Wrong("'${' is never closed; write $${ for the two characters themselves");
                var (value, fault) = Resolve(text[(at + 2)..end], secret, origins);
                if (fault is not null) return Filled.Wrong(fault);
                result.Append(value);
                at = end + 1;
            }
            else
            {
                result.Append(text[at++]);
            }
        }

        return new Filled(result.ToString(), origins, null);
    }

    private (string Value, string? Fault) Resolve(string reference, bool secret, List<string> origins)
    {
        if (reference.StartsWith("file:", StringComparison.Ordinal))
        {
            origins.Add(reference);
            return ReadFile(reference[5..], reference);
        }

        var split = reference.IndexOf(":-", StringComparison.Ordinal);
        var name = split < 0 ? reference : reference[..split];
        if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_') || char.IsAsciiDigit(name[0]))
            return ("", $"'${{{reference}}}' names no variable; a name has letters, digits and _");
        var value = variables(name);
        if (string.IsNullOrEmpty(value) && variables(name + "_FILE") is { Length: > 0 } file)
        {
            origins.Add(name + "_FILE");
            return ReadFile(file, name + "_FILE");
        }

        if (!string.IsNullOrEmpty(value))
        {
            origins.Add(name);
            return (value, null);
        }

        if (split >= 0) return (reference[(split + 2)..], null);
        var without = secret ? $"write ${{{name}:-}} to do without" : $"write ${{{name}:-default}}";
        return value is null
            ? ("", $"variable {name} is not set; set it, or {name}_FILE to a file that holds it, or {without}")
            : ("", $"variable {name} is empty; set it, or {without}");
    }

    [GeneratedRegex(SecretPattern, RegexOptions.CultureInvariant)]
    private static partial Regex SecretReference();

    private static (string Value, string? Fault) ReadFile(string path, string origin)
    {
        try
        {
            using var reader = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
            var buffer = new char[LongestFile + 1];
            var text = new string(buffer, 0, reader.ReadBlock(buffer));
            if (text.Length > LongestFile) return ("", $"file {path} ({origin}) is larger than {LongestFile / 1024} KB, so it is probably another file");
            return (text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text, null);
        }
        catch (DecoderFallbackException)
        {
            return ("", $"file {path} ({origin}) is not UTF-8 text");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return ("", $"cannot read file {path} ({origin}): {exception.Message.TrimEnd('.')}");
        }
    }
}

/// <summary>A value with its variables filled in.</summary>
/// <param name="Value">The value; empty on a fault.</param>
/// <param name="Origins">Names of the variables and files it came from; empty for a literal or a default.</param>
/// <param name="Fault">What is wrong, or null.</param>
internal sealed record Filled(string Value, IReadOnlyList<string> Origins, string? Fault)
{
    public static Filled Wrong(string fault) => new("", [], fault);
}
