using System.Reflection;
using Systemprompt.Extensions;

namespace Systemprompt.Hosting;

/// <summary>What generated code hands to the host: the customer's assembly, with the embedded profiles and content, and the extensions compiled in.</summary>
/// <param name="assembly">The host assembly. Its name is the binary's name; its resources hold <c>profiles/…</c>, <c>content/…</c>, <c>plugins/…</c>.</param>
/// <param name="extensions">The customer's extensions, in any order.</param>
public sealed class HostDefinition(Assembly assembly, IReadOnlyList<Extension> extensions)
{
    /// <summary>The host assembly.</summary>
    public Assembly Assembly { get; } = assembly;

    /// <summary>The customer's extensions.</summary>
    public IReadOnlyList<Extension> Extensions { get; } = extensions;

    /// <summary>Where the solution's folders are; null for the usual places.</summary>
    internal HostFiles? Files { get; init; }
}
