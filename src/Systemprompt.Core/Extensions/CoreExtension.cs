namespace Systemprompt.Extensions;

/// <summary>A part of this package. Several share one assembly, so each keeps its migrations in its own room's folder.</summary>
internal abstract class CoreExtension : Extension
{
    protected sealed override string SchemaFolder => $"{GetType().Namespace!.Split('.')[^1]}/Schema";
}
