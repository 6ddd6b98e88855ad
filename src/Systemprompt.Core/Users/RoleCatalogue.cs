using Systemprompt.Extensions;

namespace Systemprompt.Users;

/// <summary>The roles that the enabled extensions bring.</summary>
internal sealed class RoleCatalogue
{
    private readonly Dictionary<string, Role> _roles = new(StringComparer.Ordinal);

    /// <exception cref="ExtensionException">A role stands twice.</exception>
    public RoleCatalogue(ExtensionRegistry extensions)
    {
        foreach (var extension in extensions.Enabled)
            foreach (var role in extension.Roles)
                if (!_roles.TryAdd(role.Name, role)) throw new ExtensionException($"extension '{extension.Id}': role '{role.Name}' stands twice; rename one");
    }

    public IReadOnlyCollection<Role> All => _roles.Values;

    public bool Has(string name) => _roles.ContainsKey(name);

    /// <summary>The scopes of roles. A role that no extension brings any more gives none.</summary>
    public IReadOnlySet<string> ScopesOf(IEnumerable<string> roles) =>
        roles.SelectMany(role => _roles.TryGetValue(role, out var known) ? known.Scopes : []).ToHashSet(StringComparer.Ordinal);
}
