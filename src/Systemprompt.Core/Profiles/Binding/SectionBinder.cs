using System.Collections;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Profiles.Yaml;

namespace Systemprompt.Profiles.Binding;

/// <summary>
/// Binds a node to a settings record and reports every fault with its place. Without variables it checks what needs none: keys, shapes, and
/// literals; a value that holds a variable is then taken as right.
/// </summary>
internal sealed class SectionBinder(string source, ProfileVariables? variables, List<ProfileFault> faults)
{
    private readonly Dictionary<string, string> _origins = new(StringComparer.Ordinal);

    /// <summary>Where values came from, by path: <c>file:line</c> or the variables' names. A path that is missing has its default.</summary>
    public IReadOnlyDictionary<string, string> Origins => _origins;

    /// <summary>The bound value, or null when it could not be bound; the faults say why.</summary>
    public object? Bind(Type type, YamlNode node, string path)
    {
        type = SettingsKind.Plain(type);
        if (SettingsKind.ListItem(type) is { } item) return List(item, node, path);
        if (SettingsKind.MapValue(type) is { } value) return Dictionary(value, node, path);
        return SettingsKind.IsRecord(type) ? Record(type, node, path, null) : Scalar(type, node, path, secret: false);
    }

    /// <summary>Starts from a copy of <paramref name="defaults"/>, so that writing one key of a record leaves the others as they are documented.</summary>
    private object? Record(Type type, YamlNode node, string path, object? defaults)
    {
        var settings = SettingsType.Of(type);
        var record = settings.Create(defaults);
        if (node is YamlText { IsNull: true }) node = new YamlMap(node.Place, []);
        if (node is not YamlMap map) return Fail(node, path, $"must be a mapping with keys {string.Join(", ", settings.Properties.Select(property => property.Key))}");
        var keys = settings.Properties.Select(property => property.Key).ToList();
        foreach (var entry in map.Entries.Where(entry => !keys.Contains(entry.Key)))
            faults.Add(new ProfileFault(source, entry.Place.Line, entry.Place.Column, Suggestion.UnknownKey(entry.Key, keys)));
        foreach (var property in settings.Properties)
        {
            if (map.Find(property.Key) is not { } entry)
            {
                if (property.IsRequired) Fail(node, path, $"key '{property.Key}' is missing; it is {Kind(property)}");
                continue;
            }

            if (Value(property, entry.Value, $"{path}.{property.Key}", property.Property.GetValue(record)) is { } value) property.Property.SetValue(record, value);
        }

        return record;
    }

    private object? Value(SettingsProperty property, YamlNode node, string path, object? standard)
    {
        if (node is YamlText { IsNull: true } && !SettingsKind.IsRecord(SettingsKind.Plain(property.Type)))
        {
            if (property.IsRequired) Fail(node, path, $"has no value; it is {Kind(property)}");
            return null;
        }

        if (property.IsSecret && node is YamlText { Value: var text } && !ProfileVariables.IsSecretReference(text))
            return Fail(node, path, $"a secret never stands in a profile, nor does a part of it or a default; write ${{{property.Key.ToUpperInvariant()}}} or ${{file:/run/secrets/{property.Key}}} and set it outside");
        var before = faults.Count;
        var type = SettingsKind.Plain(property.Type);
        var plain = SettingsKind.ListItem(type) is null && SettingsKind.MapValue(type) is null && !SettingsKind.IsRecord(type);
        var value = plain ? Scalar(type, node, path, property.IsSecret) : SettingsKind.IsRecord(type) ? Record(type, node, path, standard) : Bind(type, node, path);
        if (value is null && property.IsRequired && variables is not null && node is YamlText && faults.Count == before)
            Fail(node, path, $"its variable came out empty; it is {Kind(property)}");
        if (value is not null && (variables is not null || !HasVariable(node))) Check(property, value, node, path);
        return value;
    }

    private object? Scalar(Type type, YamlNode node, string path, bool secret)
    {
        if (node is not YamlText text) return Fail(node, path, $"must be {Describe(type)}, not a {(node is YamlList ? "list" : "mapping")}");
        if (text.IsNull) return Fail(node, path, $"has no value; it is {Describe(type)}");
        if (variables is null && HasVariable(node)) return null;
        var filled = variables?.Fill(text.Value, secret) ?? new Filled(text.Value, [], null);
        if (filled.Fault is not null) return Fail(node, path, filled.Fault);
        // A variable that came out empty leaves the default, as an unset key does.
        if (filled.Value.Length == 0 && HasVariable(node)) return null;
        _origins[path] = Origin(filled, node);
        var value = ValueText.Parse(type, filled.Value, out var expected);
        if (value is not null) return value;
        var shown = secret || filled.Origins.Count > 0 ? "the value" : $"'{filled.Value}'";
        return Fail(node, path, $"{shown} is not {expected}{(filled.Origins.Count > 0 ? $" (from {string.Join(", ", filled.Origins)})" : "")}");
    }

    private object? List(Type item, YamlNode node, string path)
    {
        if (node is YamlText text && HasVariable(node) && !SettingsKind.IsRecord(item)) return ListOfVariable(item, text, path);
        if (node is not YamlList list) return Fail(node, path, $"must be a list of {Describe(item)}");
        var bound = NewList(item);
        for (var index = 0; index < list.Items.Count; index++)
            if (Bind(item, list.Items[index], $"{path}[{index}]") is { } value) bound.Add(value);
        return bound;
    }

    /// <summary>One variable may hold a whole list, separated by commas.</summary>
    private object? ListOfVariable(Type item, YamlText text, string path)
    {
        if (variables is null) return null;
        var filled = variables.Fill(text.Value);
        if (filled.Fault is not null) return Fail(text, path, filled.Fault);
        if (filled.Value.Length == 0) return null;
        var origin = Origin(filled, text);
        var bound = NewList(item);
        foreach (var part in filled.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            _origins[$"{path}[{bound.Count}]"] = origin;
            if (ValueText.Parse(SettingsKind.Plain(item), part, out var expected) is not { } value) return Fail(text, path, $"a part of the value is not {expected} (from {origin})");
            bound.Add(value);
        }

        return bound;
    }

    private static IList NewList(Type item) => (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;

    private string Origin(Filled filled, YamlNode node) => filled.Origins.Count > 0 ? string.Join(", ", filled.Origins) : $"{source}:{node.Place.Line}";

    private object? Dictionary(Type type, YamlNode node, string path)
    {
        if (node is not YamlMap map) return Fail(node, path, "must be a mapping");
        var bound = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), type))!;
        foreach (var entry in map.Entries)
            if (Bind(type, entry.Value, $"{path}.{entry.Key}") is { } value) bound[entry.Key] = value;
        return bound;
    }

    private void Check(SettingsProperty property, object value, YamlNode node, string path)
    {
        foreach (var rule in property.Rules)
        {
            if (rule.IsValid(value)) continue;
            Fail(node, path, rule switch
            {
                RangeAttribute range => $"{(property.IsSecret ? "the value" : ValueText.Show(value))} is out of range; it is {range.Minimum} to {range.Maximum}",
                MinLengthAttribute least => $"needs at least {least.Length} {(value is string ? "character" : "item")}{(least.Length == 1 ? "" : "s")}",
                RegularExpressionAttribute form => $"does not have the form {form.Pattern}",
                _ => rule.FormatErrorMessage(property.Key),
            });
        }
    }

    private object? Fail(YamlNode node, string path, string message)
    {
        faults.Add(new ProfileFault(source, node.Place.Line, node.Place.Column, $"{path}: {message}"));
        return null;
    }

    private static bool HasVariable(YamlNode node) => node is YamlText { Value: var text } && text.Contains("${", StringComparison.Ordinal);

    private static string Kind(SettingsProperty property) => property.IsSecret ? "a secret, given by a variable such as ${" + property.Key.ToUpperInvariant() + "}" : Describe(property.Type);

    private static string Describe(Type type) =>
        SettingsKind.ListItem(type) is { } item ? $"a list of {Describe(item)}"
        : SettingsKind.MapValue(type) is not null || SettingsKind.IsRecord(SettingsKind.Plain(type)) ? "a mapping"
        : ValueText.Describe(SettingsKind.Plain(type));
}
