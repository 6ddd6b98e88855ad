using Mono.Cecil;

namespace Systemprompt.Architecture.Tests.Checks;

/// <summary>Every room keeps to one set of files, so that whoever knows one room finds the way in the next.</summary>
internal static class RoomFiles
{
    private static readonly (string Member, string File)[] ByMember =
    [
        ("MapRoutes", "Endpoints"), ("MapCommands", "Commands"), ("get_Settings", "Settings"),
    ];

    /// <param name="room">The folder.</param>
    /// <param name="files">Its file names.</param>
    /// <param name="extension">Its extension class, or null when there is none.</param>
    public static IReadOnlyList<string> Faults(string room, IReadOnlyCollection<string> files, TypeDefinition? extension)
    {
        if (extension is null) return [$"{room}/ has no {room}Extension"];
        var faults = new List<string>();
        if (!files.Contains($"{room}Extension.cs")) faults.Add($"{room}/{room}Extension.cs is missing");
        faults.AddRange(
            from expected in ByMember
            where extension.Methods.Any(method => method.IsVirtual && method.Name == expected.Member)
            where !files.Any(file => file.EndsWith($"{expected.File}.cs", StringComparison.Ordinal))
            select $"{extension.FullName} has {expected.Member}, but {room}/ has no {room}{expected.File}.cs");
        if (files.Any(file => file.EndsWith(".sql", StringComparison.Ordinal)) && !files.Any(file => file.EndsWith("Store.cs", StringComparison.Ordinal)))
            faults.Add($"{room}/ has migrations, but no {room}Store.cs");
        return faults;
    }
}
