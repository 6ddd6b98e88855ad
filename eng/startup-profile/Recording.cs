using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace Systemprompt.StartupProfile;

/// <summary>A type of the process that was recorded.</summary>
/// <param name="Module">The simple name of the assembly that defines it.</param>
/// <param name="Token">Its definition there.</param>
/// <param name="ElementType">ECMA-335's ELEMENT_TYPE: what kind of type it is.</param>
/// <param name="Rank">Of an array: its dimensions.</param>
/// <param name="Parameters">The types that it is generic over, or an array's element.</param>
internal sealed record RecordedType(string Module, int Token, byte ElementType, int Rank, IReadOnlyList<ulong> Parameters);

/// <summary>A method that ran: its token in the assembly of its type, and the types that it is generic over itself.</summary>
internal sealed record RecordedMethod(int Token, ulong Type, IReadOnlyList<ulong> Parameters);

/// <summary>What one process ran: every method whose code was looked up in an image, or compiled on the way.</summary>
internal sealed class Recording
{
    private readonly Dictionary<ulong, string> _modules = [];
    private readonly Dictionary<ulong, (ulong Module, int Token, byte ElementType, int Rank, ulong[] Parameters)> _types = [];
    private readonly List<RecordedMethod> _methods = [];

    public IReadOnlyList<RecordedMethod> Methods => _methods;

    public static Recording Read(string file)
    {
        var recording = new Recording();
        using var source = new EventPipeEventSource(file);
        source.Clr.LoaderModuleLoad += load => recording._modules[(ulong)load.ModuleID] = Path.GetFileNameWithoutExtension(load.ModuleILPath);
        source.Clr.TypeBulkType += recording.Add;
        source.Clr.MethodMethodDetails += recording.Add;
        try
        {
            source.Process();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A process that was killed leaves its file cut off; what came before the cut counts.
            Console.Error.WriteLine($"{Path.GetFileName(file)}: read to where it breaks off ({error.Message})");
        }

        return recording;
    }

    public RecordedType? Find(ulong id) =>
        _types.TryGetValue(id, out var type) && _modules.TryGetValue(type.Module, out var module) ? new RecordedType(module, type.Token, type.ElementType, type.Rank, type.Parameters) : null;

    private void Add(GCBulkTypeTraceData types)
    {
        for (var index = 0; index < types.Count; index++)
        {
            var type = types.Values(index);
            var parameters = new ulong[type.TypeParameterCount];
            for (var number = 0; number < parameters.Length; number++) parameters[number] = type.TypeParameterID(number);
            _types[type.TypeID] = (type.ModuleID, type.TypeNameID, type.CorElementType, ((int)type.Flags >> 8) & 0x3f, parameters);
        }
    }

    private void Add(MethodDetailsTraceData method)
    {
        var parameters = new ulong[method.TypeParameterCount];
        for (var number = 0; number < parameters.Length; number++) parameters[number] = (ulong)method.TypeParameters(number);
        _methods.Add(new RecordedMethod(method.MethodToken, (ulong)method.TypeID, parameters));
    }
}
