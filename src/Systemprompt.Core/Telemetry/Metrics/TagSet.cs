using System.Globalization;

namespace Systemprompt.Telemetry;

/// <summary>The labels of a series, sorted by name, as texts. Equal sets are one series, in whatever order they were given.</summary>
internal sealed class TagSet : IEquatable<TagSet>
{
    private const int LongestValue = 256;
    private readonly int _hash;

    private TagSet(KeyValuePair<string, string>[] tags)
    {
        Tags = tags;
        var hash = default(HashCode);
        foreach (var (name, value) in tags)
        {
            hash.Add(name, StringComparer.Ordinal);
            hash.Add(value, StringComparer.Ordinal);
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>Where measurements go whose series would be one too many, as the OpenTelemetry specification names it.</summary>
    public static TagSet Overflow { get; } = new([new("otel.metric.overflow", "true")]);

    public KeyValuePair<string, string>[] Tags { get; }

    public static TagSet Of(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in tags) texts[name] = Text(value);
        return new TagSet([.. texts]);
    }

    public bool Equals(TagSet? other) => other is not null && _hash == other._hash && Tags.AsSpan().SequenceEqual(other.Tags);

    public override bool Equals(object? obj) => Equals(obj as TagSet);

    public override int GetHashCode() => _hash;

    private static string Text(object? value)
    {
        var text = value switch
        {
            null => "",
            string plain => plain,
            bool flag => flag ? "true" : "false",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };
        return text.Length <= LongestValue ? text : text[..LongestValue];
    }
}

/// <summary>Labels exactly as a caller gave them: the key of the look-up on the way of every measurement, which allocates nothing.</summary>
internal sealed class GivenTags : IEqualityComparer<KeyValuePair<string, object?>[]>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
{
    public static GivenTags Comparer { get; } = new();

    public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) => x is not null && y is not null && Same(x, y);

    public int GetHashCode(KeyValuePair<string, object?>[] obj) => Hash(obj);

    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other) => Same(alternate, other);

    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => Hash(alternate);

    public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();

    // On the way of every measurement, so it looks at little of each text: there are few label sets, and their names are the same literals each time.
    private static int Hash(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = tags.Length;
        foreach (var (name, value) in tags)
        {
            hash = (hash * 31) + name.Length;
            hash = (hash * 31) + (value switch
            {
                null => 0,
                string { Length: > 0 } text => (text.Length * 31) + (text[text.Length / 2] * 7) + text[^1],
                _ => value.GetHashCode(),
            });
        }

        return hash;
    }

    private static bool Same(ReadOnlySpan<KeyValuePair<string, object?>> one, ReadOnlySpan<KeyValuePair<string, object?>> other)
    {
        if (one.Length != other.Length) return false;
        for (var at = 0; at < one.Length; at++)
            if (!string.Equals(one[at].Key, other[at].Key, StringComparison.Ordinal) || !Equals(one[at].Value, other[at].Value)) return false;
        return true;
    }
}
