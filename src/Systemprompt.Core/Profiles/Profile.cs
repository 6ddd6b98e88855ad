namespace Systemprompt.Profiles;

/// <summary>
/// The environment this process runs in: one immutable value, loaded once, that every subsystem reads. Sections bind on first use, so
/// that a command only needs the variables of the sections it reads; <see cref="ResolveAll"/> binds them all and reports every fault.
/// </summary>
public sealed class Profile
{
    private readonly ProfileDocument _document;

    internal Profile(ProfileDocument document) => _document = document;

    internal ProfileDocument Document => _document;

    /// <summary>The profile's name: its directory's name.</summary>
    public string Name => _document.Name;

    /// <summary>Where it was read from: a path, or <c>embedded:profiles/NAME/profile.yaml</c>.</summary>
    public string Source => _document.Source;

    /// <summary>The tenant; stands on every audit row and log line.</summary>
    public string Tenant => _document.Tenant;

    /// <summary>The section bound to <typeparamref name="T"/>. The same instance on every call.</summary>
    /// <exception cref="ProfileException">The section has faults; all of them are in the message.</exception>
    public T Section<T>()
        where T : class => (T)_document.Resolve(typeof(T));

    /// <summary>Binds every section.</summary>
    /// <exception cref="ProfileException">Sections have faults; all of them are in the message.</exception>
    public void ResolveAll() => _document.ResolveAll();
}
