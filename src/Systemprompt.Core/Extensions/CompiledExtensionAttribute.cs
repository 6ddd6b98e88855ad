namespace Systemprompt.Extensions;

/// <summary>
/// Marks an assembly as holding an extension. The source generator writes it; the generator in the host reads it from the
/// metadata of referenced assemblies. Nobody writes it by hand.
/// </summary>
/// <param name="id">The extension's id.</param>
/// <param name="type">The extension class.</param>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class CompiledExtensionAttribute(string id, Type type) : Attribute
{
    /// <summary>The extension's id.</summary>
    public string Id { get; } = id;

    /// <summary>The extension class.</summary>
    public Type Type { get; } = type;
}
