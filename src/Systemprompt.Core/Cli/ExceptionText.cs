using System.Net.Sockets;
using Npgsql;

namespace Systemprompt.Cli;

/// <summary>What to tell a person about a failure nobody foresaw: one line, no stack, unless SYSTEMPROMPT_DEBUG asks for it.</summary>
internal static class ExceptionText
{
    public static string Of(Exception exception)
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SYSTEMPROMPT_DEBUG"))) return exception.ToString();
        return exception switch
        {
            PostgresException postgres => $"database: {postgres.MessageText} (SQLSTATE {postgres.SqlState})",
            NpgsqlException { InnerException: SocketException socket } => $"database: cannot connect ({socket.SocketErrorCode}); is PostgreSQL running, and is the profile's database.url right?",
            NpgsqlException npgsql => $"database: {npgsql.Message}",
            _ => $"{exception.GetType().Name}: {exception.Message} (SYSTEMPROMPT_DEBUG=1 shows where)",
        };
    }
}
