using Systemprompt.Profiles.Yaml;

namespace Systemprompt.Profiles;

/// <summary>The profile with what was set live over it. Readers take the current one without a lock; it is replaced as a whole.</summary>
internal sealed class LiveProfile(Profile profile)
{
    private readonly Lock _lock = new();
    private Action? _changed;
    private IReadOnlyList<LiveValue> _values = [];
    private volatile Profile _current = profile;

    /// <summary>The profile as it stands in git.</summary>
    public Profile Base { get; } = profile;

    public Profile Current => _current;

    /// <summary>The keys below which can be set live.</summary>
    public IReadOnlyList<string> Keys { get; } = [.. profile.Document.Sections.SelectMany(section => section.LiveKeys.Select(key => $"{section.Key}.{key}")).Order(StringComparer.Ordinal)];

    public IDisposable OnChange(Action changed)
    {
        lock (_lock) _changed += changed;
        return new Subscription(this, changed);
    }

    /// <summary>Takes these in place of those before.</summary>
    /// <returns>Those that this version does not take, with the reason: they change nothing.</returns>
    public IReadOnlyList<(LiveValue Value, string Fault)> Replace(IReadOnlyList<LiveValue> values)
    {
        var (next, faults) = With(values);
        Action? changed;
        lock (_lock)
        {
            if (_values.SequenceEqual(values)) return faults;
            (_values, _current) = (values, next);
            changed = _changed;
        }

        changed?.Invoke();
        return faults;
    }

    /// <summary>What the profile would be with these over it.</summary>
    public (Profile Profile, IReadOnlyList<(LiveValue Value, string Fault)> Faults) With(IReadOnlyList<LiveValue> values)
    {
        var document = Base.Document;
        var faults = new List<(LiveValue, string)>();
        // What is deeper goes over what it is part of.
        foreach (var value in values.OrderBy(value => value.Key.Count(letter => letter == '.')).ThenBy(value => value.Key, StringComparer.Ordinal))
        {
            if (Fault(value, document, out var next) is { } fault) faults.Add((value, fault));
            else document = next;
        }

        return (ReferenceEquals(document, Base.Document) ? Base : new Profile(document), faults);
    }

    private string? Fault(LiveValue value, ProfileDocument document, out ProfileDocument next)
    {
        next = document;
        if (!Keys.Any(key => value.Key == key || value.Key.StartsWith(key + ".", StringComparison.Ordinal)))
            return Keys.Count == 0 ? "no key can be set live" : $"{value.Key} cannot be set live{(Suggestion.Nearest(value.Key, Keys) is { } near ? $", did you mean '{near}'?" : "")}; what can is {string.Join(", ", Keys)} and what stands below them";
        var read = new List<ProfileFault>();
        if (YamlReader.ReadValue(value.Key, value.Text, read) is not { } node) return string.Join("; ", read.Select(fault => fault.ToString()));
        if (YamlReferences.In(node).Any()) return YamlReferences.NotFilled;
        var path = value.Key.Split('.');
        if (path.Any(part => part.Length == 0)) return $"'{value.Key}' is no key";
        var candidate = document.With(path, node);
        try
        {
            candidate.Resolve(document.Sections.First(section => section.Key == path[0]).Type);
        }
        catch (ProfileException exception)
        {
            return string.Join("; ", exception.Faults.Select(fault => fault.Message));
        }

        next = candidate;
        return null;
    }

    private sealed class Subscription(LiveProfile profile, Action changed) : IDisposable
    {
        public void Dispose()
        {
            lock (profile._lock) profile._changed -= changed;
        }
    }
}

/// <summary>A value that was set live.</summary>
/// <param name="Key">The whole key, such as <c>governance.rate.per_minute</c>.</param>
/// <param name="Text">The value as it would stand in the profile.</param>
internal readonly record struct LiveValue(string Key, string Text);

/// <summary>Reads what was set live, for commands: the server follows it by itself.</summary>
internal interface ILiveReader
{
    Task ReadAsync(CancellationToken cancellationToken);
}
