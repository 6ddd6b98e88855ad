namespace Systemprompt.Profiles.Binding;

/// <summary>What shapes a setting's type can have.</summary>
internal static class SettingsKind
{
    /// <summary>The element type of a list, or null.</summary>
    public static Type? ListItem(Type type) => Argument(type, typeof(IReadOnlyList<>), 0);

    /// <summary>The value type of a dictionary with text keys, or null.</summary>
    public static Type? MapValue(Type type) =>
        Argument(type, typeof(IReadOnlyDictionary<,>), 0) == typeof(string) ? Argument(type, typeof(IReadOnlyDictionary<,>), 1) : null;

    /// <summary>Whether the type is a settings record of its own.</summary>
    public static bool IsRecord(Type type) =>
        type.IsClass && type != typeof(string) && type != typeof(Uri) && ListItem(type) is null && MapValue(type) is null;

    public static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static Type? Argument(Type type, Type generic, int index) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == generic ? type.GetGenericArguments()[index] : null;
}
