namespace Systemprompt.Secrets;

/// <summary>Reads the secrets for a command: a server has read them when it starts, and keeps them as they are.</summary>
internal interface ISecretReader
{
    /// <summary>From here on <see cref="ISecrets"/> finds them.</summary>
    Task ReadAsync(CancellationToken cancellationToken);
}
