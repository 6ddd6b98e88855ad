using Systemprompt.Extensions;

namespace Systemprompt.Profiles;

/// <summary>A typed section of the profile and the extension's own checks on it.</summary>
/// <remarks>
/// The type is a sealed record with <c>init</c> properties. A property's key is its name in snake_case; its default is the value a
/// fresh instance has; <see cref="System.ComponentModel.DataAnnotations.RequiredAttribute"/> makes the key mandatory; <see cref="System.ComponentModel.DescriptionAttribute"/> documents it;
/// <see cref="System.ComponentModel.DataAnnotations.RangeAttribute"/> bounds it; <see cref="SecretAttribute"/> masks it. Enum values are
/// written in snake_case, durations as <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>12h</c>, <c>7d</c>, sizes (<see cref="ByteSize"/>) as <c>64KB</c>, <c>32MB</c>.
/// </remarks>
public abstract class SettingsSection
{
    private protected SettingsSection(string key, Type type)
    {
        Key = key;
        Type = type;
    }

    /// <summary>The top-level key in profile.yaml.</summary>
    public string Key { get; }

    /// <summary>The record it binds to.</summary>
    public Type Type { get; }

    /// <summary>Declares a section.</summary>
    /// <param name="key">The top-level key, by convention the extension's id.</param>
    /// <param name="validate">Checks beyond types and ranges; reports every fault it finds.</param>
    public static SettingsSection Of<T>(string key, Action<T, SettingsFaults>? validate = null)
        where T : class, new() => new SettingsSection<T>(key, validate is null ? null : (value, faults, _) => validate(value, faults));

    /// <summary>Declares a section that is checked against what other extensions contribute.</summary>
    internal static SettingsSection Of<T>(string key, Action<T, SettingsFaults, IReadOnlyList<Extension>> validate)
        where T : class, new() => new SettingsSection<T>(key, validate);

    /// <summary>Every extension in the binary, once its sections are collected.</summary>
    internal IReadOnlyList<Extension> Extensions { get; set; } = [];

    /// <summary>The keys of the section that can be set while the server runs, and what stands below them; see <see cref="Live"/>.</summary>
    public IReadOnlyList<string> LiveKeys { get; private set; } = [];

    /// <summary>
    /// Lets these keys of the section be set while the server runs (<c>admin config set</c>), with history, on every replica. Whoever uses them reads the section
    /// through <see cref="ILive{T}"/>.
    /// </summary>
    /// <param name="keys">Keys of the section's record, in snake_case.</param>
    /// <returns>The same section.</returns>
    public SettingsSection Live(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            if (Binding.SettingsType.Of(Type).Properties.All(property => property.Key != key)) throw new ArgumentException($"the section '{Key}' has no key '{key}'", nameof(keys));
        LiveKeys = [.. keys];
        return this;
    }

    internal abstract void Validate(object value, SettingsFaults faults);
}

internal sealed class SettingsSection<T>(string key, Action<T, SettingsFaults, IReadOnlyList<Extension>>? validate) : SettingsSection(key, typeof(T))
    where T : class, new()
{
    internal override void Validate(object value, SettingsFaults faults) => validate?.Invoke((T)value, faults, Extensions);
}
