using System.Globalization;
using Npgsql;

namespace Systemprompt.Database;

/// <summary>The parameters an address may carry: PostgreSQL's own names, and the ADO.NET names for the same things.</summary>
internal static class ConnectionParameters
{
    private static readonly Dictionary<string, Action<NpgsqlConnectionStringBuilder, string>> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["host"] = static (to, value) => to.Host = value,
        ["server"] = static (to, value) => to.Host = value,
        ["hostaddr"] = static (to, value) => to.Host = value,
        ["port"] = static (to, value) => to.Port = Number(value, 1, 65535),
        ["dbname"] = static (to, value) => to.Database = value,
        ["database"] = static (to, value) => to.Database = value,
        ["user"] = static (to, value) => to.Username = value,
        ["username"] = static (to, value) => to.Username = value,
        ["userid"] = static (to, value) => to.Username = value,
        ["password"] = static (to, value) => to.Password = value,
        ["passfile"] = static (to, value) => to.Passfile = value,
        ["sslmode"] = static (to, value) => to.SslMode = Choice<SslMode>(value),
        ["sslnegotiation"] = static (to, value) => to.SslNegotiation = Choice<SslNegotiation>(value),
        ["sslrootcert"] = static (to, value) => to.RootCertificate = value,
        ["rootcertificate"] = static (to, value) => to.RootCertificate = value,
        ["sslcert"] = static (to, value) => to.SslCertificate = value,
        ["sslcertificate"] = static (to, value) => to.SslCertificate = value,
        ["sslkey"] = static (to, value) => to.SslKey = value,
        ["sslpassword"] = static (to, value) => to.SslPassword = value,
        ["gssencmode"] = static (to, value) => to.GssEncryptionMode = Choice<GssEncryptionMode>(value),
        ["krbsrvname"] = static (to, value) => to.KerberosServiceName = value,
        ["channelbinding"] = static (to, value) => to.ChannelBinding = Choice<ChannelBinding>(value),
        ["requireauth"] = static (to, value) => to.RequireAuth = value,
        ["targetsessionattrs"] = static (to, value) => to.TargetSessionAttributes = value,
        ["targetsessionattributes"] = static (to, value) => to.TargetSessionAttributes = value,
        ["loadbalancehosts"] = static (to, value) => to.LoadBalanceHosts = value is "random" || (value is not "disable" && Flag(value)),
        ["connecttimeout"] = static (to, value) => to.Timeout = Number(value, 1, 300),
        ["timeout"] = static (to, value) => to.Timeout = Number(value, 1, 300),
        ["applicationname"] = static (to, value) => to.ApplicationName = value,
        ["keepalives"] = static (to, value) => to.TcpKeepAlive = Flag(value),
        ["keepalivesidle"] = static (to, value) => to.TcpKeepAliveTime = Number(value, 1, 7200),
        ["keepalivesinterval"] = static (to, value) => to.TcpKeepAliveInterval = Number(value, 1, 7200),
        ["clientencoding"] = static (_, value) => Require(value, "UTF8", "UTF-8", "auto"),
        // Written by people who have a pooler in between; every connection here is fit for one.
        ["pgbouncer"] = static (_, value) => Flag(value),
        ["maximumpoolsize"] = static (_, _) => Owned("pool_size"),
        ["maxpoolsize"] = static (_, _) => Owned("pool_size"),
        ["minimumpoolsize"] = static (_, _) => Owned("min_pool_size"),
        ["minpoolsize"] = static (_, _) => Owned("min_pool_size"),
        ["commandtimeout"] = static (_, _) => Owned("command_timeout"),
        ["connectionidlelifetime"] = static (_, _) => Owned("idle_lifetime"),
    };

    public static void Set(NpgsqlConnectionStringBuilder connection, string key, string value)
    {
        var plain = key.Replace(" ", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        if (!Known.TryGetValue(plain, out var set))
            throw new FormatException(
                Nearest(plain.ToLowerInvariant()) is { } near
                    ? $"has a parameter it does not know, did you mean '{near}'?"
                    : "has a parameter it does not know; it takes PostgreSQL's sslmode, sslrootcert, connect_timeout, application_name, target_session_attrs and the like");
        try
        {
            set(connection, value);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            // Npgsql's own message repeats the value.
            throw new FormatException($"has a bad value for '{key}'" + (fault is FormatException ? $": {fault.Message}" : ""));
        }
    }

    private static int Number(string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"it must be a number from {least} to {most}");

    private static bool Flag(string value) => value.ToLowerInvariant() switch
    {
        "1" or "true" or "on" or "yes" => true,
        "0" or "false" or "off" or "no" => false,
        _ => throw new FormatException("it must be 1 or 0"),
    };

    private static T Choice<T>(string value)
        where T : struct, Enum
    {
        var plain = value.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        foreach (var choice in Enum.GetValues<T>())
            if (choice.ToString().Equals(plain, StringComparison.OrdinalIgnoreCase)) return choice;
        throw new FormatException($"it must be one of {string.Join(", ", Enum.GetNames<T>().Select(Dashed))}");
    }

    private static string Dashed(string name) =>
        string.Concat(name.Select((c, at) => (at > 0 && char.IsUpper(c) && char.IsLower(name[at - 1]) ? "-" : "") + char.ToLowerInvariant(c)));

    private static void Require(string value, params ReadOnlySpan<string> allowed)
    {
        foreach (var one in allowed)
            if (one.Equals(value, StringComparison.OrdinalIgnoreCase)) return;
        throw new FormatException($"it must be {allowed[0]}");
    }

    private static void Owned(string setting) => throw new FormatException($"it belongs into the profile, as database.{setting}");

    private static string? Nearest(string typed)
    {
        var (name, distance) = Known.Keys.Select(key => (Name: key, Distance: Distance(typed, key))).MinBy(candidate => candidate.Distance);
        return distance <= 2 ? name : null;
    }

    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1)));
        }

        return row[^1];
    }
}
