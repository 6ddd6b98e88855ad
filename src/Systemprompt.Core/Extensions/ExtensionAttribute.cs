namespace Systemprompt.Extensions;

/// <summary>Gives an extension its id. The id names the extension's PostgreSQL schema, its profile section and its place in every listing.</summary>
/// <param name="id">Lower-case letters, digits and underscores, starting with a letter, 2 to 41 characters: <c>[a-z][a-z0-9_]{1,40}</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ExtensionAttribute(string id) : Attribute
{
    /// <summary>The extension's id.</summary>
    public string Id { get; } = id;

    /// <summary>One sentence for listings: what the extension adds.</summary>
    public string Description { get; init; } = "";
}
