using System.Collections.Concurrent;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;

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

    public object Create() => Activator.CreateInstance(Type)!;

    /// <summary>PascalCase as profiles write it: snake_case.</summary>
    public static string Key(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
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
