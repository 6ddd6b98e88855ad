namespace Systemprompt.Database;

/// <summary>The database cannot be used as it is. The message names what is wrong and the remedy, for an operator.</summary>
internal class DatabaseException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Waiting does not help: somebody has to act. Start is refused.</summary>
internal sealed class DatabaseRefusedException(string message, Exception? inner = null) : DatabaseException(message, inner);
