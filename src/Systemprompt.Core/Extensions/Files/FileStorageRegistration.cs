namespace Systemprompt.Extensions;

/// <summary>A place to keep files in that an extension brings, chosen in the profile by <c>files.storage: NAME</c>.</summary>
/// <param name="Name">Its name. Stored with every file, so that files stay readable when the profile names another: never rename it.</param>
/// <param name="Create">Makes the storage, once, when it is first needed; the database is up then.</param>
public sealed record FileStorageRegistration(string Name, Func<IServiceProvider, IFileStorage> Create)
{
    /// <summary>One sentence for listings.</summary>
    public string Description { get; init; } = "";
}
