namespace Systemprompt.Secrets;

/// <summary>Secrets that operators keep in the database, sealed: <c>admin secrets set NAME</c>.</summary>
public interface ISecrets
{
    /// <summary>The value of a secret as it is now; null when there is none, or its key is not this profile's. No I/O: a change reaches every process within a second.</summary>
    string? Find(string name);
}
