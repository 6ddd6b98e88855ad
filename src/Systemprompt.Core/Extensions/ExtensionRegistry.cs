namespace Systemprompt.Extensions;

/// <summary>Every extension compiled into this binary, in start order: what an extension depends on stands before it.</summary>
public sealed class ExtensionRegistry
{
    private ExtensionRegistry(IReadOnlyList<Extension> all, IReadOnlyList<Extension> enabled)
    {
        All = all;
        Enabled = enabled;
    }

    /// <summary>All that is compiled in.</summary>
    public IReadOnlyList<Extension> All { get; }

    /// <summary>Those that the profile has not disabled.</summary>
    public IReadOnlyList<Extension> Enabled { get; }

    /// <summary>Whether an extension is compiled in and enabled.</summary>
    public bool IsEnabled(string id) => Enabled.Any(extension => extension.Id == id);

    /// <summary>Orders extensions and checks what they say of each other.</summary>
    /// <exception cref="ExtensionException">An id stands twice, a dependency is missing, or dependencies form a circle.</exception>
    internal static ExtensionRegistry Create(IReadOnlyList<Extension> extensions)
    {
        var ordered = ExtensionOrder.Sort(extensions);
        return new ExtensionRegistry(ordered, ordered);
    }

    /// <summary>The same registry with some extensions disabled.</summary>
    /// <exception cref="ExtensionException">One is unknown, required, or needed by one that stays enabled.</exception>
    internal ExtensionRegistry Without(IReadOnlyCollection<string> disabled)
    {
        foreach (var id in disabled)
        {
            var extension = All.FirstOrDefault(extension => extension.Id == id)
                ?? throw new ExtensionException($"extensions.disabled: there is no extension '{id}' in this binary; 'extensions list' shows what there is");
            if (extension.IsRequired)
                throw new ExtensionException($"extensions.disabled: '{id}' is required and cannot be disabled; remove it from the list");
        }

        var enabled = All.Where(extension => !disabled.Contains(extension.Id)).ToList();
        foreach (var extension in enabled)
            foreach (var needed in extension.Dependencies)
                if (disabled.Contains(needed))
                    throw new ExtensionException($"extensions.disabled: '{needed}' is needed by '{extension.Id}'; disable '{extension.Id}' too, or enable '{needed}'");
        return new ExtensionRegistry(All, enabled);
    }
}

/// <summary>Extensions that do not fit together. The message names them and the remedy.</summary>
public sealed class ExtensionException(string message) : Exception(message);
