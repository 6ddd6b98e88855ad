using Mono.Cecil;

namespace Systemprompt.Architecture.Tests.Checks;

/// <summary>Members that nothing that ships may call, by what they are bound to.</summary>
internal static class ForbiddenCalls
{
    private static readonly Dictionary<string, string> Clock = new(StringComparer.Ordinal)
    {
        ["System.DateTime::get_Now"] = "take TimeProvider",
        ["System.DateTime::get_UtcNow"] = "take TimeProvider",
        ["System.DateTime::get_Today"] = "take TimeProvider",
        ["System.DateTimeOffset::get_Now"] = "take TimeProvider",
        ["System.DateTimeOffset::get_UtcNow"] = "take TimeProvider",
        ["System.Threading.Thread::Sleep"] = "await, and let the clock be TimeProvider",
    };

    private static readonly HashSet<string> Scans = new(StringComparer.Ordinal)
    {
        "System.Reflection.Assembly::GetTypes",
        "System.Reflection.Assembly::get_DefinedTypes",
        "System.Reflection.Assembly::get_ExportedTypes",
        "System.Reflection.Assembly::GetExportedTypes",
        "System.Reflection.Assembly::GetForwardedTypes",
        "System.Reflection.Module::GetTypes",
        "System.Reflection.Module::FindTypes",
        "System.AppDomain::GetAssemblies",
        "System.AppDomain::Load",
        "System.AppDomain::CreateInstance",
        "System.Activator::CreateInstanceFrom",
        "System.Runtime.Loader.AssemblyLoadContext::get_Assemblies",
    };

    private static readonly string[] Loaders =
    [
        "System.Reflection.Assembly::Load", "System.Reflection.Assembly::UnsafeLoad", "System.Runtime.Loader.AssemblyLoadContext::Load",
        "System.Runtime.InteropServices.NativeLibrary::",
    ];

    public static IReadOnlyList<string> Faults(AssemblyDefinition assembly) =>
    [
        .. from called in assembly.MainModule.GetMemberReferences().OfType<MethodReference>()
           let name = $"{called.DeclaringType.FullName}::{called.Name}"
           let why = Why(called, name)
           where why is not null
           orderby name
           select $"{assembly.Name.Name} calls {name}: {why}{Callers(assembly, called)}",
    ];

    private static string? Why(MethodReference called, string name)
    {
        if (Clock.TryGetValue(name, out var instead)) return instead;
        if (Scans.Contains(name) || IsByName(called, name)) return "extensions are found when the host is compiled, nothing is scanned";
        return Loaders.Any(loader => name.StartsWith(loader, StringComparison.Ordinal)) ? "nothing is loaded at run time" : null;
    }

    // Type.GetType("…") and Activator.CreateInstance("assembly", "type") find types by name.
    private static bool IsByName(MethodReference called, string name) =>
        name is "System.Type::GetType" or "System.Activator::CreateInstance" or "System.Reflection.Assembly::GetType"
        && called.Parameters is [{ ParameterType.FullName: "System.String" }, ..];

    private static string Callers(AssemblyDefinition assembly, MethodReference called)
    {
        var callers = assembly.MainModule.GetTypes()
            .Where(type => type.Methods.Any(method => method.HasBody && method.Body.Instructions.Any(step => Equals(step.Operand, called))))
            .Select(type => type.FullName)
            .Distinct();
        return $" (in {string.Join(", ", callers)})";
    }
}
