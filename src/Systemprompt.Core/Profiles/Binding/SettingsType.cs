using System.Collections.Concurrent;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text;

namespace Systemprompt.Profiles.Binding;

/// <summary>What the binder, the schema and the reference page know of a settings record.</summary>
internal sealed class SettingsType
{
    private static readonly ConcurrentDictionary<Type, SettingsType> Cache = new();

    private SettingsType(Type type)
    {
        Type = type;
        Properties = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is not null).Select(property => new SettingsProperty(property))];
    }

    public Type Type { get; }

    public IReadOnlyList<SettingsProperty> Properties { get; }

    public static SettingsType Of(Type type) => Cache.GetOrAdd(type, static type => new SettingsType(type));

    /// <summary>A new instance with the values of another, or with the type's own defaults.</summary>
    public object Create(object? defaults = null)
    {
        var instance = Activator.CreateInstance(Type)!;
        if (defaults is not null)
            foreach (var property in Properties) property.Property.SetValue(instance, property.Property.GetValue(defaults));
        return instance;
    }

    /// <summary>PascalCase as profiles write it: snake_case. A capital begins a word where a small letter stands before or behind it: <c>A2A</c> is one word.</summary>
    public static string Key(string name)
    {
        var key = new StringBuilder(name.Length + 4);
        for (var at = 0; at < name.Length; at++)
        {
            if (at > 0 && char.IsUpper(name[at]) && (char.IsLower(name[at - 1]) || at + 1 < name.Length && char.IsLower(name[at + 1]))) key.Append('_');
            key.Append(char.ToLowerInvariant(name[at]));
        }

        return key.ToString();
    }
}

/// <summary>One key of a settings record.</summary>
internal sealed class SettingsProperty(PropertyInfo property)
{
    public PropertyInfo Property { get; } = property;

    public string Key { get; } = SettingsType.Key(property.Name);

    public Type Type { get; } = property.PropertyType;

    public string Description { get; } = property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "";

    public bool IsRequired { get; } = property.GetCustomAttribute<RequiredAttribute>() is not null;

    public bool IsSecret { get; } = property.GetCustomAttribute<SecretAttribute>() is not null;

    public IReadOnlyList<ValidationAttribute> Rules { get; } = [.. property.GetCustomAttributes<ValidationAttribute>().Where(rule => rule is not RequiredAttribute)];
}
