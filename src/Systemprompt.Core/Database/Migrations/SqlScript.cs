namespace Systemprompt.Database.Migrations;

/// <summary>One statement of a script.</summary>
/// <param name="Text">From its first word up to, not with, the semicolon.</param>
/// <param name="Start">Where it starts in the script, in UTF-16 units.</param>
/// <param name="HoldsSemicolon">True when a semicolon stands inside, in a body or in parentheses.</param>
internal sealed record SqlStatement(string Text, int Start, bool HoldsSemicolon)
{
    /// <summary>The first word, in lower case.</summary>
    public string Verb => new string([.. Text.TakeWhile(char.IsAsciiLetter)]).ToLowerInvariant();
}

/// <summary>
/// Splits a script into statements as psql does (PostgreSQL manual, "Lexical Structure"): quotes, dollar quotes, nested comments,
/// parentheses and <c>begin atomic … end</c> bodies keep their semicolons.
/// </summary>
/// <remarks>
/// One at a time is how statements that refuse a transaction must be sent, and how an error can name its line. Npgsql's own splitting
/// knows nothing of atomic bodies.
/// </remarks>
internal sealed class SqlScript
{
    private readonly string _text;
    private readonly List<SqlStatement> _statements = [];
    private int _at;
    private int _start = -1;
    private int _parentheses;
    private int _atomic;
    private bool _holdsSemicolon;
    private bool _afterBegin;

    private SqlScript(string text) => _text = text;

    public static IReadOnlyList<SqlStatement> Split(string text)
    {
        var script = new SqlScript(text);
        while (script._at < text.Length) script.Step();
        script.End();
        return script._statements;
    }

    private void Step()
    {
        var c = _text[_at];
        if (char.IsWhiteSpace(c)) _at++;
        else if (Follows("--")) _at = IndexOrEnd("\n", _at);
        else if (Follows("/*")) SkipComment();
        else if (c == ';') Semicolon();
        else Token(c);
    }

    private void Token(char c)
    {
        if (_start < 0) _start = _at;
        var afterBegin = _afterBegin;
        _afterBegin = false;
        if (c is '\'') SkipQuoted('\'', escapes: false);
        else if (c is '"') SkipQuoted('"', escapes: false);
        else if (c is '$' && DollarTag() is { } tag) _at = Math.Min(_text.Length, IndexOrEnd(tag, _at + tag.Length) + tag.Length);
        else if (IsWordStart(c)) Word(afterBegin);
        else
        {
            if (c is '(') _parentheses++;
            if (c is ')' && _parentheses > 0) _parentheses--;
            _at++;
        }
    }

    private void Word(bool afterBegin)
    {
        var from = _at;
        while (_at < _text.Length && IsWordPart(_text[_at])) _at++;
        var word = _text.AsSpan(from, _at - from);
        if (word.Equals("e", StringComparison.OrdinalIgnoreCase) && _at < _text.Length && _text[_at] == '\'') SkipQuoted('\'', escapes: true);
        else if (word.Equals("begin", StringComparison.OrdinalIgnoreCase)) _afterBegin = true;
        else if (afterBegin && word.Equals("atomic", StringComparison.OrdinalIgnoreCase)) _atomic = 1;
        else if (_atomic > 0 && word.Equals("case", StringComparison.OrdinalIgnoreCase)) _atomic++;
        else if (_atomic > 0 && word.Equals("end", StringComparison.OrdinalIgnoreCase)) _atomic--;
    }

    private void Semicolon()
    {
        if (_parentheses > 0 || _atomic > 0) _holdsSemicolon = true;
        else End();
        _at++;
    }

    private void End()
    {
        if (_start >= 0) _statements.Add(new SqlStatement(_text[_start.._at].TrimEnd(), _start, _holdsSemicolon));
        (_start, _parentheses, _atomic, _holdsSemicolon, _afterBegin) = (-1, 0, 0, false, false);
    }

    private void SkipQuoted(char quote, bool escapes)
    {
        // A doubled quote reads as the end and a new beginning, which comes to the same.
        for (_at++; _at < _text.Length; _at++)
        {
            if (escapes && _text[_at] == '\\') _at++;
            else if (_text[_at] == quote) break;
        }

        _at = Math.Min(_text.Length, _at + 1);
    }

    private void SkipComment()
    {
        var depth = 0;
        do
        {
            if (Follows("/*")) (depth, _at) = (depth + 1, _at + 2);
            else if (Follows("*/")) (depth, _at) = (depth - 1, _at + 2);
            else _at++;
        }
        while (depth > 0 && _at < _text.Length);
    }

    private string? DollarTag()
    {
        var end = _at + 1;
        if (end < _text.Length && IsWordStart(_text[end]))
            while (end < _text.Length && IsWordPart(_text[end]) && _text[end] != '$') end++;
        return end < _text.Length && _text[end] == '$' ? _text[_at..(end + 1)] : null;
    }

    private int IndexOrEnd(string what, int from)
    {
        var at = from > _text.Length ? -1 : _text.IndexOf(what, from, StringComparison.Ordinal);
        return at < 0 ? _text.Length : at;
    }

    private bool Follows(string what) => string.CompareOrdinal(_text, _at, what, 0, what.Length) == 0;

    private static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c is '_' or >= '\x80';

    private static bool IsWordPart(char c) => IsWordStart(c) || char.IsAsciiDigit(c) || c is '$';
}
