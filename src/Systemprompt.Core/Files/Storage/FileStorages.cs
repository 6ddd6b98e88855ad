using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Files;

/// <summary>The storages that the enabled extensions bring, each made when it is first needed, and the one that the profile chose.</summary>
internal sealed class FileStorages
{
    private readonly Dictionary<string, Lazy<IFileStorage>> _storages = new(StringComparer.Ordinal);

    /// <exception cref="ExtensionException">Two have one name, or the chosen one belongs to an extension that is disabled.</exception>
    public FileStorages(ExtensionRegistry extensions, FilesSettings settings, Profile profile, IServiceProvider services)
    {
        foreach (var extension in extensions.Enabled)
            foreach (var storage in extension.FileStorages)
                if (!_storages.TryAdd(storage.Name, new Lazy<IFileStorage>(() => storage.Create(services))))
                    throw new ExtensionException($"extension '{extension.Id}': file storage '{storage.Name}' stands twice; rename one");
        if (!_storages.ContainsKey(settings.Storage)) throw new ExtensionException($"{profile.Source}: files.storage: {Unknown(settings.Storage, _storages.Keys)}");
        Chosen = settings.Storage;
    }

    /// <summary>The name of the storage that new files go to.</summary>
    public string Chosen { get; }

    public IFileStorage Current => _storages[Chosen].Value;

    /// <summary>The storage of a name.</summary>
    /// <exception cref="FileException">No enabled extension brings it any more.</exception>
    public IFileStorage Find(string name) => _storages.TryGetValue(name, out var storage)
        ? storage.Value
        : throw new FileException("storage_unknown", $"the content lies in the storage '{name}', which no enabled extension brings; an operator must enable it again");

    /// <summary>What to tell of a name that is none.</summary>
    public static string Unknown(string name, IReadOnlyCollection<string> known) =>
        $"there is no file storage '{name}' in this binary{(Suggestion.Nearest(name, known) is { } near ? $", did you mean '{near}'?" : $"; there is {string.Join(", ", known.Order(StringComparer.Ordinal))}")}";
}
