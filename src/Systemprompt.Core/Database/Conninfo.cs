using System.Text;
using Npgsql;

namespace Systemprompt.Database;

/// <summary>Reads <c>host=localhost dbname=x password='a b'</c> (PostgreSQL manual, "Keyword/Value Connection Strings").</summary>
internal static class Conninfo
{
    public static void Read(string text, NpgsqlConnectionStringBuilder connection)
    {
        var at = 0;
        while (SkipSpace(text, ref at))
        {
            var equals = text.IndexOf('=', at);
            if (equals < 0)
                throw new FormatException("is neither a postgres:// URL nor key=value pairs; write postgres://user:password@host:5432/name, or host=… dbname=… user=… password=…");
            var key = text[at..equals].Trim();
            if (key.Any(char.IsWhiteSpace)) throw new FormatException("has a word without '=' among its key=value pairs; quote a value that holds spaces with single quotes");
            at = equals + 1;
            SkipSpace(text, ref at);
            ConnectionParameters.Set(connection, key, ReadValue(text, ref at));
        }
    }

    private static string ReadValue(string text, ref int at)
    {
        var quoted = at < text.Length && text[at] == '\'';
        if (quoted) at++;
        var value = new StringBuilder();
        while (at < text.Length)
        {
            var c = text[at++];
            if (c == '\\' && at < text.Length) value.Append(text[at++]);
            else if (quoted && c == '\'') return value.ToString();
            else if (!quoted && char.IsWhiteSpace(c)) return value.ToString();
            else value.Append(c);
        }

        return quoted ? throw new FormatException("has a value whose single quote is not closed") : value.ToString();
    }

    private static bool SkipSpace(string text, ref int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at < text.Length;
    }
}
