using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace Systemprompt.Database;

/// <summary>Says in one sentence for an operator what a database fault is. Never repeats a password, a statement or the contents of a row.</summary>
internal static class DatabaseErrors
{
    /// <summary>The disk the server writes to is full.</summary>
    public static bool IsDiskFull(Exception exception) => Postgres(exception)?.SqlState is PostgresErrorCodes.DiskFull;

    /// <summary>The server takes no writes: a standby, or set read-only.</summary>
    public static bool IsReadOnly(Exception exception) => Postgres(exception)?.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction;

    /// <summary>Whether the same work can succeed later, without anybody changing the program, the statement or the settings.</summary>
    public static bool IsTransient(Exception exception)
    {
        if (Postgres(exception) is { } fault)
            return fault.IsTransient || fault.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
                || fault.SqlState.StartsWith("53", StringComparison.Ordinal);
        for (var at = exception; at is not null; at = at.InnerException)
            if (at is NpgsqlException or SocketException or TimeoutException or IOException) return true;
        return false;
    }

    /// <summary>Whether it is worth waiting for: transient, or something that is mended at the server (a user, a database) while we wait.</summary>
    public static bool MayMend(Exception exception) =>
        IsTransient(exception) || Postgres(exception)?.SqlState is { } state && (state.StartsWith("28", StringComparison.Ordinal) || state is PostgresErrorCodes.InvalidCatalogName);

    /// <summary>The fault in one sentence, without a full stop.</summary>
    public static string Describe(Exception exception)
    {
        if (Postgres(exception) is { } fault) return OfServer(fault);
        for (var at = exception; at is not null; at = at.InnerException)
        {
            switch (at)
            {
                case SocketException socket: return OfSocket(socket);
                case AuthenticationException: return "the encrypted connection was refused: its certificate is not trusted or TLS does not match; see sslmode and sslrootcert";
                case EndOfStreamException: return "the server closed the connection";
                case TimeoutException: return "it did not answer in time";
                case FileNotFoundException or DirectoryNotFoundException: return "a certificate or key file named in its address does not exist";
            }
        }

        if (exception is NpgsqlException && exception.Message.Contains("pool has been exhausted", StringComparison.Ordinal))
            return "all connections of the pool are in use (database.pool_size)";
        return exception is NpgsqlException or InvalidOperationException or DatabaseException ? exception.Message : $"unexpected fault {exception.GetType().Name}";
    }

    /// <summary>What an operator does about a database that cannot be connected to.</summary>
    public static string Remedy(Exception exception) => Postgres(exception)?.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => "put the right user and password into database.url, or let the user in (pg_hba.conf, alter role)",
        PostgresErrorCodes.InvalidCatalogName => "create the database, or name the right one in database.url",
        PostgresErrorCodes.TooManyConnections => "raise max_connections at the server, lower database.pool_size, or put a pooler between",
        PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => "wait until the server has started, and look at its log",
        _ => "start PostgreSQL, or mend the address in database.url and the way to it (name server, firewall, TLS)",
    };

    private static PostgresException? Postgres(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception is PostgresException fault) return fault;
        return null;
    }

    private static string OfSocket(SocketException socket) => socket.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "the connection was refused: no PostgreSQL listens there",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the host name is not known (DNS)",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown => "the host cannot be reached from here",
        SocketError.TimedOut => "it did not answer in time",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "the connection was cut",
        SocketError.AccessDenied => "this process may not open the socket",
        SocketError.AddressNotAvailable => "there is no such socket or address: no PostgreSQL runs there",
        _ => $"the network failed ({socket.SocketErrorCode})",
    };

    private static string OfServer(PostgresException fault) => fault.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => $"the server refused the login: {fault.MessageText}",
        PostgresErrorCodes.InvalidCatalogName => $"the server has no such database: {fault.MessageText}",
        PostgresErrorCodes.TooManyConnections => "the server has no connection left (max_connections)",
        PostgresErrorCodes.DiskFull => "the server's disk is full",
        PostgresErrorCodes.OutOfMemory => "the server is out of memory",
        PostgresErrorCodes.AdminShutdown => "the server is shutting down, or the session was ended there",
        PostgresErrorCodes.CrashShutdown => "the server crashed and is recovering",
        PostgresErrorCodes.CannotConnectNow => $"the server takes no connections: {fault.MessageText}",
        PostgresErrorCodes.ReadOnlySqlTransaction => "the server takes no writes (standby or read-only)",
        PostgresErrorCodes.QueryCanceled => "the statement took too long or was cancelled",
        PostgresErrorCodes.LockNotAvailable => "a lock was not to be had in time",
        PostgresErrorCodes.InsufficientPrivilege => $"the database user lacks a right: {fault.MessageText}",
        // Messages of other classes can repeat values, such as the text that is no number.
        { } state when state[..2] is "08" or "3F" or "40" or "42" or "53" or "55" or "57" or "58" or "XX" => $"{fault.MessageText} ({state})",
        var state => $"PostgreSQL error {state}",
    };
}
