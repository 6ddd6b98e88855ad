using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Systemprompt.Profiles.Yaml;

/// <summary>
/// Reads the strict subset of YAML that profiles and the front matter of content are written in: one document, mappings, lists and scalars.
/// No anchors, aliases or tags: they hide what a value is, and aliases are how YAML bombs are made.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>In UTF-16 units.</summary>
    public const int MaxLength = 256 * 1024;
    private const int MaxValue = 64 * 1024;
    private const int MaxDepth = 32;
    private readonly string _source;
    private readonly List<ProfileFault> _faults;
    private readonly Parser _parser;
    private readonly YamlUse _use;

    private YamlReader(string source, string text, List<ProfileFault> faults, YamlUse use)
    {
        _use = use;
        _source = source;
        _faults = faults;
        _parser = new Parser(new Scanner(new StringReader(text.TrimStart('\uFEFF')), skipComments: true));
    }

    /// <summary>The root mapping, or null when the text cannot be read at all; faults say why.</summary>
    public static YamlMap? Read(string source, string text, List<ProfileFault> faults) => Read(source, text, faults, YamlUse.Profile);

    /// <inheritdoc cref="Read(string, string, List{ProfileFault})"/>
    public static YamlMap? Read(string source, string text, List<ProfileFault> faults, YamlUse use)
    {
        if (text.Length > MaxLength)
        {
            faults.Add(new ProfileFault(source, 0, 0, $"larger than {MaxLength / 1024} KB; {use.What} is small, so this is probably another file"));
            return null;
        }

        return Guarded(source, text, faults, use, static reader => reader.Document());
    }

    /// <summary>One value as it would stand in a profile: a text, a list or a mapping; null when it cannot be read, and faults say why.</summary>
    public static YamlNode? ReadValue(string source, string text, List<ProfileFault> faults)
    {
        if (text.Length > MaxValue)
        {
            faults.Add(new ProfileFault(source, 0, 0, $"the value is larger than {MaxValue / 1024} KB"));
            return null;
        }

        var node = Guarded(source, text, faults, YamlUse.Value, static reader => reader.Value());
        return faults.Count == 0 ? node : null;
    }

    private static T? Guarded<T>(string source, string text, List<ProfileFault> faults, YamlUse use, Func<YamlReader, T?> read)
        where T : YamlNode
    {
        var reader = new YamlReader(source, text, faults, use);
        try
        {
            return read(reader);
        }
        catch (YamlException exception) when (exception.Message.Contains("tab", StringComparison.Ordinal) && Tab(text) is { } tab)
        {
            // The parser names the beginning of the mapping, which may be the first line.
            faults.Add(new ProfileFault(source, tab.Line, tab.Column, "not well-formed YAML: a tab stands in the indentation; use spaces"));
        }
        catch (YamlException exception)
        {
            // A long construct is wrong where it ends, and starts somewhere else.
            var at = exception.End.Line > exception.Start.Line ? exception.End : exception.Start;
            var message = exception.InnerException?.Message ?? exception.Message;
            faults.Add(new ProfileFault(source, at.Line, at.Column, $"not well-formed YAML: {message.TrimEnd('.')}"));
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or FormatException)
        {
            // The parser throws these bare on some malformed flow collections, without a place.
            var near = reader._parser.Current is { } last ? Place(last) : new YamlPlace(1, 1);
            faults.Add(new ProfileFault(source, near.Line, near.Column, "not well-formed YAML behind this: is a bracket, brace or quote not closed?"));
        }

        return null;
    }

    private YamlNode? Value()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _)) return Fail(new YamlPlace(1, 1), "there is no value");
        _parser.Consume<DocumentStart>();
        var value = Node(0);
        _parser.Consume<DocumentEnd>();
        return _parser.Accept<StreamEnd>(out _) ? value : Fail(Place(_parser.Current!), "a second document; a value is one document");
    }

    private YamlMap? Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _)) return Fail(new YamlPlace(1, 1), $"empty; {_use.What} needs at least '{_use.Key}'");
        _parser.Consume<DocumentStart>();
        var root = Node(0);
        _parser.Consume<DocumentEnd>();
        if (!_parser.Accept<StreamEnd>(out _)) Fail(Place(_parser.Current!), $"a second document; {_use.What} is one document");
        return root as YamlMap ?? Fail(root.Place, $"not a mapping; {_use.What} starts with keys such as '{_use.Key}:'");
    }

    private YamlNode Node(int depth)
    {
        if (depth > MaxDepth) throw new YamlException(_parser.Current!.Start, _parser.Current.End, $"nested deeper than {MaxDepth} levels");
        if (_parser.Accept<AnchorAlias>(out var alias))
        {
            Fail(Place(alias), $"alias *{alias.Value} is not allowed in {_use.What}; write the value out");
            _parser.MoveNext();
            return new YamlText(Place(alias), "", true);
        }

        if (_parser.Accept<NodeEvent>(out var node))
        {
            if (!node.Anchor.IsEmpty) Fail(Place(node), $"anchor &{node.Anchor} is not allowed in {_use.What}; write the value out where it is needed");
            if (!node.Tag.IsEmpty && node.Tag.Value != "!") Fail(Place(node), $"tag {node.Tag.Value} is not allowed in {_use.What}; the key's type is known");
        }

        return _parser.Accept<MappingStart>(out _) ? Map(depth) : _parser.Accept<SequenceStart>(out _) ? List(depth) : Text();
    }

    private YamlMap Map(int depth)
    {
        var place = Place(_parser.Consume<MappingStart>());
        var entries = new List<YamlEntry>();
        var lines = new Dictionary<string, long>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = Node(depth + 1);
            var value = Node(depth + 1);
            if (key is not YamlText { Value: var name })
                Fail(key.Place, "a key must be plain text");
            else if (name == "<<")
                Fail(key.Place, $"merge key << is not allowed in {_use.What}; write the values out");
            else if (!lines.TryAdd(name, key.Place.Line))
                Fail(key.Place, $"key '{name}' stands twice (first on line {lines[name]}); remove one");
            else
                entries.Add(new YamlEntry(name, key.Place, value));
        }

        return new YamlMap(place, entries);
    }

    private YamlList List(int depth)
    {
        var place = Place(_parser.Consume<SequenceStart>());
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(Node(depth + 1));
        return new YamlList(place, items);
    }

    private YamlText Text()
    {
        var scalar = _parser.Consume<Scalar>();
        var isNull = scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null";
        return new YamlText(Place(scalar), scalar.Value, isNull);
    }

    private YamlMap? Fail(YamlPlace place, string message)
    {
        _faults.Add(new ProfileFault(_source, place.Line, place.Column, message));
        return null;
    }

    /// <summary>The first tab that only spaces stand before.</summary>
    private static YamlPlace? Tab(string text)
    {
        foreach (var (number, line) in text.Split('\n').Index())
            if (line.TrimStart(' ').StartsWith('\t')) return new YamlPlace(number + 1, line.IndexOf('\t', StringComparison.Ordinal) + 1);
        return null;
    }

    private static YamlPlace Place(ParsingEvent at) => new(at.Start.Line, at.Start.Column);
}

/// <summary>What is written in the YAML, for messages.</summary>
/// <param name="What">With its article, such as <c>a profile</c>.</param>
/// <param name="Key">A key that it has.</param>
internal sealed record YamlUse(string What, string Key)
{
    public static YamlUse Profile { get; } = new("a profile", "tenant");

    public static YamlUse Value { get; } = new("a value", "");
}
