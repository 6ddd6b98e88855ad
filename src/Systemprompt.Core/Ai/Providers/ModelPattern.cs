namespace Systemprompt.Ai;

/// <summary>A model id, or the beginning of one followed by <c>*</c>.</summary>
internal readonly record struct ModelPattern
{
    private readonly string _text;

    public ModelPattern(string pattern)
    {
        IsPrefix = pattern.EndsWith('*');
        _text = IsPrefix ? pattern[..^1] : pattern;
    }

    public bool IsPrefix { get; }

    /// <summary>How specific it is: exact above every prefix, a longer prefix above a shorter.</summary>
    public int Weight => IsPrefix ? _text.Length : int.MaxValue;

    public bool Matches(ReadOnlySpan<char> model) =>
        IsPrefix ? model.StartsWith(_text, StringComparison.Ordinal) : model.SequenceEqual(_text);

    public override string ToString() => IsPrefix ? _text + "*" : _text;

    public static bool IsValid(string? pattern) =>
        pattern is { Length: > 0 and <= 128 }
        && !pattern.AsSpan().ContainsAnyExceptInRange('!', '~')
        && pattern.IndexOf('*', StringComparison.Ordinal) is var star && (star < 0 || star == pattern.Length - 1);
}
