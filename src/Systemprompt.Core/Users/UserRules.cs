using System.Net.Mail;
using System.Text.RegularExpressions;
using Systemprompt.Profiles;

namespace Systemprompt.Users;

/// <summary>What a user's fields may be.</summary>
internal static partial class UserRules
{
    public static readonly string[] Tiers = ["admin", "user", "service", "mcp", "a2a"];
    public static readonly string[] Kinds = ["person", "service"];

    /// <exception cref="UserException">A field is not what it may be; the message says what is.</exception>
    public static void Check(UserRow user, RoleCatalogue roles, IEnumerable<string>? held = null)
    {
        if (!LoginForm().IsMatch(user.Login)) throw UserException.Invalid($"login '{user.Login}': letters, digits and . _ - @ +, starting with a letter or digit, at most 100");
        if (!Kinds.Contains(user.Kind)) throw UserException.Invalid($"kind '{user.Kind}': choose {string.Join(" or ", Kinds)}");
        if (!Tiers.Contains(user.Tier)) throw UserException.Invalid($"tier '{user.Tier}': choose {string.Join(", ", Tiers)}");
        if (user.Status is not ("active" or "suspended")) throw UserException.Invalid($"status '{user.Status}': choose active or suspended");
        if (user.DisplayName is { } name && (name.Length > 200 || name.Any(char.IsControl))) throw UserException.Invalid("the name is longer than 200 characters or holds control characters");
        if (user.Email is { } email && (email.Length > 254 || !MailAddress.TryCreate(email, out var address) || address.Address != email)) throw UserException.Invalid($"'{email}' is no email address");
        // One that is held already may be of an extension that is disabled now: that must not keep anybody from changing the rest.
        foreach (var role in user.Roles.Except(held ?? [])) CheckRole(role, roles);
    }

    public static void CheckRole(string role, RoleCatalogue roles)
    {
        if (roles.Has(role)) return;
        var known = roles.All.Select(one => one.Name).ToList();
        throw UserException.Invalid($"there is no role '{role}' in this binary; {(Suggestion.Nearest(role, known) is { } nearest ? $"did you mean '{nearest}'?" : known.Count == 0 ? "no extension brings one" : $"known are {string.Join(", ", known)}")}");
    }

    public static void CheckTeam(string name)
    {
        if (!TeamForm().IsMatch(name)) throw UserException.Invalid($"team '{name}': lower-case letters, digits, '_' and '-', starting with a letter, at most 60");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}\z")]
    private static partial Regex LoginForm();

    [GeneratedRegex(@"\A[a-z][a-z0-9_-]{0,59}\z")]
    private static partial Regex TeamForm();
}
