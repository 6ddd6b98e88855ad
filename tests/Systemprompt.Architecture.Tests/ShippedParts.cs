using Systemprompt.Extensions;

namespace Systemprompt.Architecture.Tests;

/// <summary>The extensions that Core itself holds. The product lists them by hand; a test may look for them.</summary>
internal static class ShippedParts
{
    public static IReadOnlyList<Extension> All { get; } =
    [
        .. typeof(Extension).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(Extension)))
            .Select(type => (Extension)Activator.CreateInstance(type, nonPublic: true)!)
            .OrderBy(part => part.Id, StringComparer.Ordinal),
    ];
}
