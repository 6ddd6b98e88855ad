namespace Systemprompt.Users;

/// <summary>What cannot be done to a user, a team, a key or a ban, and why, in words for whoever asked.</summary>
/// <param name="code">Stable short code.</param>
/// <param name="message">One sentence.</param>
internal sealed class UserException(string code, string message) : Exception(message)
{
    /// <summary>Stable short code, such as <c>last_admin</c>.</summary>
    public string Code { get; } = code;

    /// <summary>404, 409 or 400.</summary>
    public int Status => Code switch { "not_found" => 404, "invalid" => 400, _ => 409 };

    public static UserException NoSuchUser(string login) => new("not_found", $"there is no user '{login}'; 'admin users list' shows them");

    public static UserException Invalid(string message) => new("invalid", message);
}
