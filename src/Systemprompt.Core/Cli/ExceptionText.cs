using Npgsql;
using Systemprompt.Database;

namespace Systemprompt.Cli;

/// <summary>What to tell a person about a failure nobody foresaw: one line, no stack, unless SYSTEMPROMPT_DEBUG asks for it.</summary>
internal static class ExceptionText
{
    public static string Of(Exception exception)
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SYSTEMPROMPT_DEBUG"))) return exception.ToString();
        return exception switch
        {
            DatabaseException => exception.Message,
            PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedColumn } missing =>
                $"database: {missing.MessageText}; its schema is not this binary's: 'infra db status' shows how far it is, 'infra db migrate' brings it up",
            PostgresException or NpgsqlException => $"database: {DatabaseErrors.Describe(exception)}; 'infra db status' says where it is",
            _ => $"{exception.GetType().Name}: {exception.Message} (SYSTEMPROMPT_DEBUG=1 shows where)",
        };
    }
}
