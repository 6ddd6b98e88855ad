using System.Globalization;
using System.Text;

namespace Systemprompt.Governance.Shell;

/// <summary>The escapes of <c>$'…'</c>.</summary>
internal static class ShellEscapes
{
    /// <summary>Reads up to the closing quote, which is read too.</summary>
    public static void Read(string text, ref int at, StringBuilder word)
    {
        while (at < text.Length && text[at] != '\'')
        {
            var character = text[at++];
            if (character != '\\' || at >= text.Length)
            {
                word.Append(character);
                continue;
            }

            var escape = text[at++];
            switch (escape)
            {
                case 'n' or 't' or 'r': word.Append(escape == 'n' ? '\n' : escape == 't' ? '\t' : '\r'); break;
                case 'x': Number(text, ref at, 2, NumberStyles.AllowHexSpecifier, word); break;
                case 'u': Number(text, ref at, 4, NumberStyles.AllowHexSpecifier, word); break;
                case >= '0' and <= '7':
                    at--;
                    Octal(text, ref at, word);
                    break;
                default: word.Append(escape); break;
            }
        }

        at = Math.Min(text.Length, at + 1);
    }

    private static void Number(string text, ref int at, int most, NumberStyles style, StringBuilder word)
    {
        var end = at;
        while (end < text.Length && end - at < most && char.IsAsciiHexDigit(text[end])) end++;
        if (int.TryParse(text.AsSpan(at, end - at), style, CultureInfo.InvariantCulture, out var code)) word.Append((char)code);
        at = end;
    }

    private static void Octal(string text, ref int at, StringBuilder word)
    {
        var code = 0;
        for (var digits = 0; digits < 3 && at < text.Length && text[at] is >= '0' and <= '7'; digits++) code = code * 8 + (text[at++] - '0');
        word.Append((char)code);
    }
}
