using System.IO.Compression;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Systemprompt.StartupProfile;

/// <summary>
/// Writes methods as a profile that crossgen2 reads (.mibc): an assembly whose method <c>AssemblyDictionary</c> lists groups (<c>ldstr "defining;other;"</c>,
/// <c>ldtoken</c> of a method, <c>pop</c>), each a method that lists methods (<c>ldtoken</c>, <c>pop</c>). Everything is named, nothing is numbered, so a
/// profile outlives the build it was recorded on: a name that is gone is passed over.
/// </summary>
internal sealed class Profile : IDisposable
{
    private const byte Pointer = 0x0f, Array = 0x14, Vector = 0x1d;

    private readonly DefaultAssemblyResolver _resolver = new();
    private readonly Dictionary<string, ModuleDefinition> _sources = [];
    private readonly SortedDictionary<string, SortedDictionary<string, MethodReference>> _groups = new(StringComparer.Ordinal);
    private readonly ModuleDefinition _target;
    private readonly TypeReference _shared;
    private readonly string _customer;

    /// <summary>Over the assemblies of a folder; a method that has to do with the customer's is not taken in.</summary>
    public Profile(string assemblies, string customer)
    {
        _customer = customer;
        _resolver.AddSearchDirectory(assemblies);
        var reading = new ReaderParameters { AssemblyResolver = _resolver };
        foreach (var file in Directory.EnumerateFiles(assemblies, "*.dll")) _sources[Path.GetFileNameWithoutExtension(file)] = ModuleDefinition.ReadModule(file, reading);
        _target = ModuleDefinition.CreateModule("startup", new ModuleParameters { Kind = ModuleKind.Dll, AssemblyResolver = _resolver });
        // Code that reference types share is compiled over this type, which crossgen2 looks up in an assembly that is none.
        var canon = new AssemblyNameReference("System.Private.Canon", new Version(0, 0, 0, 0));
        _target.AssemblyReferences.Add(canon);
        _shared = new TypeReference("System", "__Canon", _target, canon);
    }

    /// <summary>
    /// The assemblies of which only what ran is compiled ahead, also those of which nothing did. Ours are compiled whole: they change daily, and a profile of
    /// last week would leave out what was written since.
    /// </summary>
    public IEnumerable<string> Assemblies => _sources.Keys.Where(name => !IsOf(_customer, name) && !IsOurs(name)).Order(StringComparer.Ordinal);

    public int Count => _groups.Values.Sum(group => group.Count);

    public void Add(Recording recording)
    {
        foreach (var recorded in recording.Methods)
        {
            if (recording.Find(recorded.Type) is not { } type || !_sources.TryGetValue(type.Module, out var source)) continue;
            if (source.LookupToken(recorded.Token) is not MethodDefinition definition || Import(recording, recorded.Type) is not { } owner) continue;
            var arguments = recorded.Parameters.Select(id => Import(recording, id)).OfType<TypeReference>().ToList();
            if (arguments.Count != definition.GenericParameters.Count) continue;
            if (IsOurs(type.Module) && arguments.Count == 0 && owner is not GenericInstanceType) continue;

            HashSet<string> assemblies = [];
            foreach (var named in arguments.Append(owner)) Name(named, assemblies);
            Add(type.Module, assemblies, Reference(definition, owner, arguments));
        }
    }

    /// <summary>Writes the same bytes for the same methods.</summary>
    public void Write(string file)
    {
        var dictionary = NewMethod("AssemblyDictionary");
        foreach (var (name, methods) in _groups)
        {
            var group = NewMethod($"Group{_target.Types[0].Methods.Count}");
            foreach (var method in methods.Values)
            {
                group.Emit(OpCodes.Ldtoken, method);
                group.Emit(OpCodes.Pop);
            }

            dictionary.Emit(OpCodes.Ldstr, name);
            dictionary.Emit(OpCodes.Ldtoken, group.Body.Method);
            dictionary.Emit(OpCodes.Pop);
        }

        foreach (var method in _target.Types[0].Methods) method.Body.GetILProcessor().Emit(OpCodes.Ret);
        using var assembly = new MemoryStream();
        _target.Write(assembly, new WriterParameters { DeterministicMvid = true, Timestamp = 0 });
        using var archive = new ZipArchive(File.Create(file), ZipArchiveMode.Create);
        var entry = archive.CreateEntry($"{Path.GetFileName(file)}.dll", CompressionLevel.SmallestSize);
        entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var packed = entry.Open();
        assembly.WriteTo(packed);
    }

    public void Dispose()
    {
        foreach (var source in _sources.Values) source.Dispose();
        _target.Dispose();
        _resolver.Dispose();
    }

    private static bool IsOurs(string assembly) => IsOf("Systemprompt", assembly);

    private static bool IsOf(string prefix, string assembly) => $"{assembly}.".StartsWith($"{prefix}.", StringComparison.OrdinalIgnoreCase);

    private void Add(string module, HashSet<string> assemblies, MethodReference method)
    {
        var name = $"{module};{string.Concat(assemblies.Where(other => other != module).Order(StringComparer.Ordinal).Select(other => $"{other};"))}";
        if (!_groups.TryGetValue(name, out var group)) _groups[name] = group = new(StringComparer.Ordinal);
        group.TryAdd(method.FullName, method);
    }

    private MethodReference Reference(MethodDefinition definition, TypeReference owner, List<TypeReference> arguments)
    {
        var method = _target.ImportReference(definition);
        method.DeclaringType = owner;
        if (arguments.Count == 0) return method;
        var instance = new GenericInstanceMethod(method);
        foreach (var argument in arguments) instance.GenericArguments.Add(argument);
        return instance;
    }

    private TypeReference? Import(Recording recording, ulong id)
    {
        if (recording.Find(id) is not { } type) return null;
        var parameters = type.Parameters.Select(parameter => Import(recording, parameter)).OfType<TypeReference>().ToList();
        if (parameters.Count != type.Parameters.Count) return null;
        switch (type.ElementType)
        {
            case Vector or Array: return parameters.Count == 1 && type.Rank == 1 ? new ArrayType(parameters[0]) : null;
            case Pointer: return parameters.Count == 1 ? new PointerType(parameters[0]) : null;
        }

        if (IsOf(_customer, type.Module) || !_sources.TryGetValue(type.Module, out var source)) return null;
        if (source.LookupToken(type.Token) is not TypeDefinition definition) return null;
        if (definition.FullName == "System.__Canon") return _shared;
        if (definition.GenericParameters.Count != parameters.Count) return null;
        var reference = _target.ImportReference(definition);
        if (parameters.Count == 0) return reference;
        var instance = new GenericInstanceType(reference);
        foreach (var parameter in parameters) instance.GenericArguments.Add(parameter);
        return instance;
    }

    /// <summary>Adds the assemblies that must be at hand to know the type.</summary>
    private void Name(TypeReference type, HashSet<string> assemblies)
    {
        if (type is GenericInstanceType instance)
        {
            foreach (var argument in instance.GenericArguments) Name(argument, assemblies);
        }

        var element = type.GetElementType();
        if (type is ArrayType or PointerType) Name(((TypeSpecification)type).ElementType, assemblies);
        else if (element != _shared && !element.IsPrimitive) assemblies.Add(((AssemblyNameReference)element.Scope).Name);
    }

    private ILProcessor NewMethod(string name)
    {
        var method = new MethodDefinition(name, MethodAttributes.Public | MethodAttributes.Static | MethodAttributes.HideBySig, _target.TypeSystem.Void);
        _target.Types[0].Methods.Add(method);
        return method.Body.GetILProcessor();
    }
}
