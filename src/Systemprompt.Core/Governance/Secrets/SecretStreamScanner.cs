namespace Systemprompt.Governance.Secrets;

/// <summary>
/// Finds credentials in a text that comes in pieces, wherever it is cut: feed the pieces of one content block in order, then <see cref="Complete"/>. It
/// keeps the last few thousand characters and no more, so a credential longer than <see cref="Window"/> is found only if its beginning gives it away.
/// One at a time; not for several threads.
/// </summary>
internal sealed class SecretStreamScanner(SecretScanner scanner)
{
    /// <summary>How many characters are kept of what was fed.</summary>
    public const int Window = 4096;

    // How many characters behind a credential a rule looks at.
    private const int Ahead = 8;

    private char[] _buffer = new char[512];
    private int _length;
    private int _from;
    private long _dropped;

    /// <summary>How many characters it holds memory for.</summary>
    public int Held => _buffer.Length;

    /// <summary>
    /// True while the end of what was fed may be a credential, whole or in part: what it is known by has come, a prefix or a name, and nothing that ends it. Where
    /// its known text stands behind other letters of it, those have not been held. It never lasts longer than <see cref="Window"/>.
    /// </summary>
    public bool IsPending { get; private set; }

    /// <summary>Takes the next piece.</summary>
    /// <returns>The first credential that is now known, its place counted from the block's beginning; or null. One at the very end waits for what follows it.</returns>
    public StreamHit? Feed(ReadOnlySpan<char> piece)
    {
        while (!piece.IsEmpty)
        {
            var part = piece[..Math.Min(piece.Length, Window)];
            piece = piece[part.Length..];
            Append(part);
            if (Search(complete: false) is { } hit) return hit;
        }

        return null;
    }

    /// <summary>Ends the block: a credential at its very end is judged as it stands.</summary>
    public StreamHit? Complete() => Search(complete: true);

    private void Append(ReadOnlySpan<char> part)
    {
        if (_length + part.Length > 2 * Window)
        {
            var drop = _length - Window;
            _buffer.AsSpan(drop, _length - drop).CopyTo(_buffer);
            _length -= drop;
            _from = Math.Max(0, _from - drop);
            _dropped += drop;
        }

        if (_length + part.Length > _buffer.Length) Array.Resize(ref _buffer, Math.Min(2 * Window, Math.Max(2 * _buffer.Length, _length + part.Length)));
        part.CopyTo(_buffer.AsSpan(_length));
        _length += part.Length;
    }

    private StreamHit? Search(bool complete)
    {
        var text = _buffer.AsSpan(0, _length);
        var hit = scanner.Find(text, _from, out var open, out var held);
        // What reaches the end may go on there: a longer text could be another credential, or none. One that fills the window cannot wait.
        if (hit is { } found && (complete || found.Start + found.Length + Ahead < _length || found.Start < _length - Window))
        {
            _from = found.Start + found.Length;
            IsPending = false;
            return new StreamHit(found.Rule, _dropped + found.Start, found.Length);
        }

        // Anchors that a rule made nothing of are looked at again, and one that is itself cut.
        var next = Math.Max(0, _length - scanner.LongestAnchor + 1);
        if (open >= 0) next = Math.Min(next, open);
        if (hit is null) _from = Math.Max(_from, Math.Max(next, _length - Window));
        IsPending = !complete && (hit is not null || held);
        return null;
    }
}

/// <summary>Where in a streamed block a credential stands. Never the credential.</summary>
internal readonly record struct StreamHit(string Rule, long Start, int Length);
