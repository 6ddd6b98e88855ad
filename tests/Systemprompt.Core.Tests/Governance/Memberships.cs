using Systemprompt.Users;

namespace Systemprompt.Core.Tests.Governance;

/// <summary>Alice is in research and an analyst; nobody else is anything.</summary>
internal sealed class Memberships : IMemberships
{
    public IReadOnlyList<string> TeamsOf(string login) => login == "alice" ? ["research"] : [];

    public IReadOnlyList<string> RolesOf(string login) => login == "alice" ? ["analyst"] : [];
}
