using System.Runtime.CompilerServices;
using Mono.Cecil;

namespace Systemprompt.Architecture.Tests.Checks;

/// <summary>How types are named and closed.</summary>
internal static class Naming
{
    private static readonly string[] Empty = ["Helper", "Helpers", "Util", "Utils", "Utility", "Manager"];

    /// <summary>Names that say nothing.</summary>
    public static IReadOnlyList<string> EmptyNames(AssemblyDefinition assembly) =>
    [
        .. Written(assembly)
            .Where(type => Empty.Any(ending => type.Name.Split('`')[0].EndsWith(ending, StringComparison.Ordinal)))
            .Select(type => type.FullName),
    ];

    /// <summary>Classes that are neither sealed nor meant to be derived from. Razor compiles components without <c>sealed</c>.</summary>
    public static IReadOnlyList<string> OpenClasses(AssemblyDefinition assembly)
    {
        var bases = assembly.MainModule.GetTypes().Select(type => type.BaseType?.GetElementType().FullName).ToHashSet();
        return
        [
            .. Written(assembly)
                .Where(type => type.IsClass && !type.IsValueType && !type.IsSealed && !type.IsAbstract && !bases.Contains(type.FullName))
                .Where(type => type.Methods.All(method => method.Name != "BuildRenderTree"))
                .Select(type => type.FullName),
        ];
    }

    private static IEnumerable<TypeDefinition> Written(AssemblyDefinition assembly) => assembly.MainModule.GetTypes().Where(type =>
        type.Namespace.StartsWith("Systemprompt", StringComparison.Ordinal) || type.DeclaringType is not null
            ? !type.Name.Contains('<', StringComparison.Ordinal) && !IsGenerated(type)
            : type.Namespace.StartsWith("Systemprompt", StringComparison.Ordinal));

    private static bool IsGenerated(TypeDefinition type) =>
        type.CustomAttributes.Any(attribute => attribute.AttributeType.Name
            is nameof(CompilerGeneratedAttribute) or "GeneratedCodeAttribute" or "EmbeddedAttribute")
        || (type.DeclaringType is { } outer && (outer.Name.Contains('<', StringComparison.Ordinal) || IsGenerated(outer)));
}
