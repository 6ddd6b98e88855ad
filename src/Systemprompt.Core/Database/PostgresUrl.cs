using System.Globalization;
using System.Text;
using Npgsql;

namespace Systemprompt.Database;

/// <summary>Reads a <c>postgres://</c> URL (PostgreSQL manual, "Connection URIs").</summary>
internal static class PostgresUrl
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private const string Encode = "a password or name that holds any of / ? # % must have it percent-encoded (%2F %3F %23 %25)";

    public static bool HasScheme(string text) =>
        text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    public static void Read(string url, NpgsqlConnectionStringBuilder connection)
    {
        var rest = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..];
        if (rest.Contains('#')) throw new FormatException($"holds a '#'; {Encode}");
        var (before, query) = Cut(rest, '?');
        var (authority, path) = Cut(before, '/');

        // The last @, so that one inside the password does no harm.
        var at = authority.LastIndexOf('@');
        if (at >= 0) ReadUser(authority[..at], connection);
        ReadHosts(authority[(at + 1)..], connection);
        if (path is { Length: > 0 }) connection.Database = path.Contains('/') ? throw new FormatException($"has a '/' in the database name; {Encode}") : Decode(path);
        ReadQuery(query, connection);
    }

    private static void ReadUser(string text, NpgsqlConnectionStringBuilder connection)
    {
        var (user, password) = Cut(text, ':');
        if (user.Length > 0) connection.Username = Decode(user);
        if (password is { Length: > 0 }) connection.Password = Decode(password);
    }

    private static void ReadHosts(string text, NpgsqlConnectionStringBuilder connection)
    {
        if (text.Length == 0) return;
        var hosts = text.Split(',');
        if (hosts.Length == 1)
        {
            var (host, port) = ReadHost(hosts[0]);
            if (host.Length > 0) connection.Host = host;
            if (port is { } number) connection.Port = number;
            return;
        }

        connection.Host = string.Join(',', hosts.Select(one =>
        {
            var (host, port) = ReadHost(one);
            if (host.Length == 0) throw new FormatException("has an empty name in its list of hosts");
            return (host.Contains(':') ? $"[{host}]" : host) + (port is { } number ? $":{number}" : "");
        }));
    }

    private static (string Host, int? Port) ReadHost(string text)
    {
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || !System.Net.IPAddress.TryParse(text[1..end], out _)) throw new FormatException("has an IPv6 address that is not well-formed; write [::1]:5432");
            var after = text[(end + 1)..];
            if (after.Length > 0 && after[0] != ':') throw new FormatException("has something other than a port after its IPv6 address; write [::1]:5432");
            return (text[1..end], after.Length > 1 ? Port(after[1..]) : null);
        }

        var (host, port) = Cut(text, ':');
        return (Decode(host), port is { Length: > 0 } ? Port(port) : null);
    }

    private static int Port(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? port
            : throw new FormatException($"has a port that is not a number from 1 to 65535; {Encode}");

    private static void ReadQuery(string? query, NpgsqlConnectionStringBuilder connection)
    {
        foreach (var pair in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = Cut(pair, '=');
            if (value is null) throw new FormatException($"has a parameter without '=' after '?'; {Encode}");
            ConnectionParameters.Set(connection, Decode(key), Decode(value));
        }
    }

    private static (string Before, string? After) Cut(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }

    private static string Decode(string text)
    {
        if (!text.Contains('%')) return text;
        var bytes = new List<byte>(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '%')
            {
                var length = char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(at, length)));
                at += length - 1;
                continue;
            }

            if (at + 2 >= text.Length || !byte.TryParse(text.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                throw new FormatException($"has a '%' that is not followed by two hexadecimal digits; {Encode}");
            bytes.Add(value);
            at += 2;
        }

        try
        {
            var decoded = Strict.GetString([.. bytes]);
            return decoded.Any(char.IsControl) ? throw new FormatException("holds a percent-encoded control character, such as %00 or %0A") : decoded;
        }
        catch (DecoderFallbackException)
        {
            throw new FormatException("has a percent-encoded part that is not UTF-8 text");
        }
    }
}
