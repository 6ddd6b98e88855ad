using System.Reflection;
using System.Reflection.Metadata;
using Microsoft.CodeAnalysis;

namespace Systemprompt.Generators;

/// <summary>
/// Reads the markers of a referenced assembly. It works on the reference alone, not on a compilation, so that the pipeline reads each
/// assembly once and not at every keystroke.
/// </summary>
internal static class ReferenceReader
{
    private const string OurAssemblies = "Systemprompt.";
    private const string Namespace = "Systemprompt.Extensions";
    private const string MarkerName = "CompiledExtensionAttribute";

    /// <summary>What the assembly tells, or null when it has nothing to do with extensions.</summary>
    public static ReferencedAssembly? Read(MetadataReference reference) => reference switch
    {
        CompilationReference project => Read(project.Compilation.Assembly),
        PortableExecutableReference file => Read(file),
        _ => null,
    };

    // In an editor: the project is open, so its own generator reports what is wrong with it; unmarked classes are left to the build.
    private static ReferencedAssembly? Read(IAssemblySymbol assembly)
    {
        var marked = assembly.GetAttributes()
            .Where(attribute => attribute.AttributeClass?.ToDisplayString() == $"{Namespace}.{MarkerName}")
            .Select(attribute => attribute.ConstructorArguments)
            .Where(arguments => arguments.Length == 2)
            .Select(arguments => (Id: arguments[0].Value as string, Type: arguments[1].Value as INamedTypeSymbol))
            .Where(marker => marker is { Id: not null, Type: not null })
            .Select(marker => new ExtensionEntry(marker.Id!, CSharpName.Of(marker.Type!)))
            .ToEquatableArray();
        return marked.Items.IsEmpty ? null : new ReferencedAssembly(assembly.Name, marked, default);
    }

    private static ReferencedAssembly? Read(PortableExecutableReference file)
    {
        try
        {
            if (file.GetMetadata() is not AssemblyMetadata assembly) return null;
            var reader = assembly.GetModules()[0].GetMetadataReader();
            if (!reader.IsAssembly || !ReferencesOurs(reader)) return null;
            return new ReferencedAssembly(
                reader.GetString(reader.GetAssemblyDefinition().Name),
                Markers(reader).ToEquatableArray(),
                Classes(reader).ToEquatableArray());
        }
        catch (Exception exception) when (exception is BadImageFormatException or System.IO.IOException)
        {
            return null; // the compiler reports an unreadable reference itself
        }
    }

    private static bool ReferencesOurs(MetadataReader reader) => reader.AssemblyReferences
        .Any(handle => reader.StringComparer.StartsWith(reader.GetAssemblyReference(handle).Name, OurAssemblies));

    private static IEnumerable<ExtensionEntry> Markers(MetadataReader reader)
    {
        foreach (var handle in reader.GetAssemblyDefinition().GetCustomAttributes())
        {
            var attribute = reader.GetCustomAttribute(handle);
            if (attribute.Constructor.Kind != HandleKind.MemberReference) continue;
            var parent = reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
            if (NameOf(reader, parent) != $"{Namespace}.{MarkerName}") continue;

            var value = reader.GetBlobReader(attribute.Value);
            value.ReadUInt16(); // prolog
            if (value.ReadSerializedString() is { } id && value.ReadSerializedString() is { } type)
                yield return new ExtensionEntry(id, CSharpName.Of(type));
        }
    }

    private static IEnumerable<ReferencedClass> Classes(MetadataReader reader)
    {
        foreach (var handle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(handle);
            if (type.BaseType.IsNil || type.IsNested) continue;
            var baseName = NameOf(reader, type.BaseType);
            if (baseName is null || baseName.StartsWith("System.", StringComparison.Ordinal)) continue;
            yield return new ReferencedClass(NameOf(reader, handle)!, baseName, type.Attributes.HasFlag(TypeAttributes.Abstract));
        }
    }

    private static string? NameOf(MetadataReader reader, EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.TypeReference:
                var reference = reader.GetTypeReference((TypeReferenceHandle)handle);
                return CSharpName.Join(reader.GetString(reference.Namespace), reader.GetString(reference.Name));
            case HandleKind.TypeDefinition:
                var definition = reader.GetTypeDefinition((TypeDefinitionHandle)handle);
                return CSharpName.Join(reader.GetString(definition.Namespace), reader.GetString(definition.Name));
            default:
                return null; // a constructed generic type: no base of a linkable extension
        }
    }
}
