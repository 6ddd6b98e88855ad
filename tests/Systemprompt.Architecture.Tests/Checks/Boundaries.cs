using Mono.Cecil;

namespace Systemprompt.Architecture.Tests.Checks;

/// <summary>Who may know whom inside Core.</summary>
internal static class Boundaries
{
    private const string Root = "Systemprompt";

    /// <summary>The list of the shipped parts: it names every room, so to use it is to know them all.</summary>
    private const string PartList = "Systemprompt.CoreExtensions";

    /// <summary>The kernel carries the rooms and knows none of them.</summary>
    public static IReadOnlyList<string> KernelFaults(AssemblyDefinition core, IReadOnlyCollection<string> kernel) =>
    [
        .. from use in TypeUse.All(core)
           where kernel.Contains(RoomOf(use.User)) && IsOurs(core, use.Used)
           where use.Used.FullName == PartList || (RoomOf(use.Used) is { Length: > 0 } room && !kernel.Contains(room))
           select $"{use.User.FullName} is kernel and uses {use.Used.FullName}",
    ];

    /// <summary>A room uses only rooms that it declares as dependencies, directly or through one of them.</summary>
    public static IReadOnlyList<string> RoomFaults(
        AssemblyDefinition core, IReadOnlyCollection<string> kernel, IReadOnlyDictionary<string, IReadOnlyList<string>> dependencies) =>
    [
        .. from use in TypeUse.All(core)
           let user = RoomOf(use.User)
           let used = IsOurs(core, use.Used) ? RoomOf(use.Used) : ""
           where user.Length > 0 && !kernel.Contains(user) && used.Length > 0 && !kernel.Contains(used) && user != used
           where !Closure(Id(user), dependencies).Contains(Id(used))
           select $"{use.User.FullName} uses {use.Used.FullName}, but '{Id(user)}' does not declare that it depends on '{Id(used)}'",
    ];

    private static string Id(string room) => room.ToLowerInvariant();

    private static HashSet<string> Closure(string id, IReadOnlyDictionary<string, IReadOnlyList<string>> dependencies)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([id]);
        while (open.TryPop(out var next))
        {
            foreach (var dependency in dependencies.GetValueOrDefault(next, []))
                if (reached.Add(dependency)) open.Push(dependency);
        }

        return reached;
    }

    private static bool IsOurs(AssemblyDefinition core, TypeReference type) => type.Scope == core.MainModule;

    /// <summary>The first part after the root namespace; empty for the root itself and for what compilers generate elsewhere.</summary>
    private static string RoomOf(TypeReference type) =>
        type.Namespace.Split('.') is [Root, var room, ..] ? room : "";
}
