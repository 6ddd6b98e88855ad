using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Systemprompt.Profiles.Binding;
using Systemprompt.Profiles.Yaml;

namespace Systemprompt.Profiles;

/// <summary>
/// A parsed profile. What needs no variable (keys, shapes, literals) was checked at once; a section's variables are filled in and its own
/// checks run when it is first asked for.
/// </summary>
internal sealed partial class ProfileDocument
{
    public const string TenantKey = "tenant";
    public const string TenantPattern = "^[a-z0-9][a-z0-9-]{0,62}$";
    public const string TenantDescription = "Whose installation this is: 1 to 63 of a-z, 0-9 and -. Stands on every audit row and log line.";
    private readonly YamlMap _root;
    private readonly IReadOnlyList<SettingsSection> _sections;
    private readonly ProfileVariables _variables;
    private readonly ConcurrentDictionary<Type, object> _bound = new();
    private readonly Lazy<string> _tenant;

    public ProfileDocument(string name, string source, YamlMap root, IReadOnlyList<SettingsSection> sections, ProfileVariables variables)
    {
        Name = name;
        Source = source;
        _root = root;
        _sections = sections;
        _variables = variables;
        _tenant = new Lazy<string>(ReadTenant);
    }

    public string Name { get; }

    public string Source { get; }

    public string Tenant => _tenant.Value;

    public IReadOnlyList<SettingsSection> Sections => _sections;

    /// <summary>This profile with a value at a path, whose first part is a section's key. Other sections stay bound as they are.</summary>
    public ProfileDocument With(ReadOnlySpan<string> path, YamlNode value, YamlPlace? keyAt = null)
    {
        var document = new ProfileDocument(Name, Source, YamlOverlay.Set(_root, path, value, keyAt ?? value.Place), _sections, _variables);
        foreach (var section in _sections)
            if (section.Key != path[0] && _bound.TryGetValue(section.Type, out var bound)) document._bound.TryAdd(section.Type, bound);
        return document;
    }

    /// <summary>The faults that stand whatever the variables are: unknown keys, wrong shapes, literals that do not fit.</summary>
    public void CheckShape(List<ProfileFault> faults)
    {
        var keys = _sections.Select(section => section.Key).Append(TenantKey).ToList();
        foreach (var entry in _root.Entries)
            if (!keys.Contains(entry.Key))
                faults.Add(new ProfileFault(Source, entry.Place.Line, entry.Place.Column, Suggestion.UnknownKey(entry.Key, keys)));
        if (_root.Find(TenantKey) is null)
            faults.Add(new ProfileFault(Source, 1, 1, $"key '{TenantKey}' is missing; it names the tenant on every audit row and log line"));
        foreach (var section in _sections)
            if (_root.Find(section.Key) is { } entry)
                new SectionBinder(Source, variables: null, faults).Bind(section.Type, entry.Value, section.Key);
    }

    public object Resolve(Type type)
    {
        if (_bound.TryGetValue(type, out var bound)) return bound;
        var section = _sections.FirstOrDefault(section => section.Type == type)
            ?? throw new InvalidOperationException($"no extension declares a profile section of type {type.FullName}");
        var faults = new List<ProfileFault>();
        var value = Bind(section, faults, out _);
        if (faults.Count > 0) throw new ProfileException(faults);
        return _bound.GetOrAdd(type, value!);
    }

    public void ResolveAll()
    {
        if (AllFaults([]) is { Count: > 0 } faults) throw new ProfileException(faults);
    }

    /// <summary>Binds every section and lists all faults in file order, those found before among them.</summary>
    public IReadOnlyList<ProfileFault> AllFaults(IReadOnlyList<ProfileFault> before)
    {
        var faults = new List<ProfileFault>(before);
        foreach (var section in _sections)
        {
            var count = faults.Count;
            if (Bind(section, faults, out _) is { } value && faults.Count == count) _bound.TryAdd(section.Type, value);
        }

        try
        {
            if (_root.Find(TenantKey) is not null) _ = Tenant;
        }
        catch (ProfileException exception)
        {
            faults.AddRange(exception.Faults);
        }

        return [.. faults.Distinct().OrderBy(fault => fault.Line).ThenBy(fault => fault.Column)];
    }

    /// <summary>Binds a section with its variables and runs its own checks. The origins say where each value came from.</summary>
    public object? Bind(SettingsSection section, List<ProfileFault> faults, out IReadOnlyDictionary<string, string> origins)
    {
        var before = faults.Count;
        var entry = _root.Find(section.Key);
        var binder = new SectionBinder(Source, _variables, faults);
        var value = binder.Bind(section.Type, entry?.Value ?? new YamlMap(new YamlPlace(0, 0), []), section.Key);
        origins = binder.Origins;
        if (faults.Count > before || value is null) return null;
        var own = new SettingsFaults();
        section.Validate(value, own);
        foreach (var (path, message) in own.All)
        {
            var place = entry is null ? new YamlPlace(0, 0) : YamlPaths.Nearest(entry, path);
            faults.Add(new ProfileFault(Source, place.Line, place.Column, $"{section.Key}{(path.Length == 0 ? "" : $".{path}")}: {message}"));
        }

        return value;
    }

    private string ReadTenant()
    {
        var entry = _root.Find(TenantKey)!;
        var filled = entry.Value is YamlText text ? _variables.Fill(text.Value) : Filled.Wrong("must be text");
        var fault = filled.Fault ?? (TenantName().IsMatch(filled.Value) ? null : $"'{filled.Value}' is no tenant id; it is 1 to 63 of a-z, 0-9 and -, not starting with -");
        return fault is null ? filled.Value : throw new ProfileException([new ProfileFault(Source, entry.Value.Place.Line, entry.Value.Place.Column, $"tenant: {fault}")]);
    }

    [GeneratedRegex(TenantPattern, RegexOptions.CultureInvariant)]
    private static partial Regex TenantName();
}
