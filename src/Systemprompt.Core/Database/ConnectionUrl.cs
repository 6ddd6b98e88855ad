using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace Systemprompt.Database;

/// <summary>
/// Reads a database address as an operator has it: a <c>postgres://</c> URL or a <c>key=value</c> string (PostgreSQL manual, "Connection
/// Strings"), or an ADO.NET string separated by semicolons.
/// </summary>
/// <remarks>
/// An error never repeats a part of the address: in a mistyped one, any part may be the password (one with an unescaped <c>/</c> or
/// <c>?</c> ends up in the port or in the parameters).
/// </remarks>
internal static class ConnectionUrl
{
    public static bool TryParse(string url, [NotNullWhen(true)] out NpgsqlConnectionStringBuilder? connection, out string error)
    {
        try
        {
            connection = Parse(url);
            error = "";
            return true;
        }
        catch (FormatException fault)
        {
            connection = null;
            error = fault.Message;
            return false;
        }
    }

    /// <summary>Parses an address.</summary>
    /// <exception cref="FormatException">What is wrong and how to write it; holds nothing of the address.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string url, DatabaseSettings? defaults = null)
    {
        var text = url.Trim();
        var connection = new NpgsqlConnectionStringBuilder
        {
            Timeout = (int)Math.Ceiling((defaults ?? new()).ConnectTimeout.TotalSeconds),
            ApplicationName = (defaults ?? new()).ApplicationName,
            // Asking for Kerberos first costs a round trip and, where its library is missing, a complaint on stderr.
            GssEncryptionMode = GssEncryptionMode.Disable,
        };
        if (text.Length == 0) throw new FormatException("is empty; write postgres://user:password@host:5432/name");
        if (text.Any(char.IsControl)) throw new FormatException("holds a line break or another control character");
        if (PostgresUrl.HasScheme(text)) PostgresUrl.Read(text, connection);
        else if (text.Contains("://", StringComparison.Ordinal) && !text.Contains('=')) throw new FormatException("does not start with postgres:// or postgresql://");
        else if (HasSemicolons(text)) ReadAdoNet(text, connection);
        else Conninfo.Read(text, connection);

        if (string.IsNullOrEmpty(connection.Host)) throw new FormatException("names no host; write postgres://user:password@host:5432/name, or ?host=/directory for a Unix socket");
        // With several hosts only the one that takes writes is of use.
        if (connection.Host.Contains(',') && string.IsNullOrEmpty(connection.TargetSessionAttributes)) connection.TargetSessionAttributes = "primary";
        return connection;
    }

    private static bool HasSemicolons(string text)
    {
        var quoted = false;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\') at++;
            else if (text[at] == '\'') quoted = !quoted;
            else if (text[at] == ';' && !quoted) return true;
        }

        return false;
    }

    private static void ReadAdoNet(string text, NpgsqlConnectionStringBuilder connection)
    {
        var pairs = new System.Data.Common.DbConnectionStringBuilder();
        try
        {
            pairs.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            throw new FormatException("is not a well-formed key=value; string: quote a value that holds ; or ' with double quotes");
        }

        foreach (string key in pairs.Keys) ConnectionParameters.Set(connection, key, (string)pairs[key]);
    }
}
