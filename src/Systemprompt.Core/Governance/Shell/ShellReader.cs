using System.Text;

namespace Systemprompt.Governance.Shell;

/// <summary>
/// Reads a command line as a POSIX shell does, as far as telling commands from texts needs it: quotes, escapes, comments, separators, pipes, redirections,
/// here-documents, substitutions, and variables that the line itself sets. It runs nothing and expands nothing else. Any text is read, in one pass.
/// </summary>
internal sealed class ShellReader
{
    private const int MostDepth = 24;

    // What may stand in front of a command without being one.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal) { "if", "then", "elif", "else", "fi", "do", "done", "while", "until", "!", "{", "}", "time", "esac", "in", "coproc" };

    private readonly string _text;
    private readonly ShellScript _script;
    private readonly int _depth;
    private readonly Dictionary<string, string> _variables;
    private readonly List<HereDocument> _hereDocuments = [];
    private int _at;

    private ShellReader(string text, ShellScript script, int depth, Dictionary<string, string> variables) => (_text, _script, _depth, _variables) = (text, script, depth, variables);

    public static ShellScript Read(string text)
    {
        var script = new ShellScript();
        new ShellReader(text.Replace("\\\r\n", "", StringComparison.Ordinal).Replace("\\\n", "", StringComparison.Ordinal), script, 0, new(StringComparer.Ordinal)).Commands('\0');
        script.IsForkBomb = ForkBombs.In(text);
        return script;
    }

    /// <summary>Reads commands up to the closing character, or the end. Those read are added to the script, and given back.</summary>
    private List<ShellCommand> Commands(char close)
    {
        var found = new List<ShellCommand>();
        ShellCommand? from = null;
        var open = 0;
        while (true)
        {
            var command = new ShellCommand { From = from };
            ReadOne(command);
            if (command.Words.Count > 0 || command.Writes.Count > 0 || command.Inner.Count > 0)
            {
                found.Add(command);
                _script.Commands.Add(command);
            }

            if (_at >= _text.Length) return found;
            var sign = _text[_at++];
            // The parentheses of a subshell or a function close before that of the substitution that they stand in.
            if (sign == '(') open++;
            else if (sign == ')' && open > 0) open--;
            else if (sign == close) return found;
            if (sign == '(' && command.Words.Count == 0) continue;
            if (sign == '\n') HereDocuments();
            var piped = sign == '|' && Peek() != '|';
            if (sign is ('|' or '&' or ';') && Peek() == sign) _at++;
            if (piped && Peek() == '&') _at++;
            from = piped ? command : null;
        }
    }

    /// <summary>Reads one simple command, up to a separator, which stays.</summary>
    private void ReadOne(ShellCommand command)
    {
        while (_at < _text.Length)
        {
            var character = _text[_at];
            if (character is ' ' or '\t' or '\r') _at++;
            else if (character is '\n' or ';' or '&' or '|' or '(' or ')')
            {
                if (character != '&' || Peek(1) != '>') return;
                _at++;
            }
            else if (character == '#')
            {
                while (_at < _text.Length && _text[_at] != '\n') _at++;
            }
            else if (character is '<' or '>') Redirect(command);
            else Word(command);
        }
    }

    private void Word(ShellCommand command)
    {
        var start = _at;
        var quoted = false;
        foreach (var word in Text(command, ref quoted))
        {
            if (command.Words.Count == 0 && !quoted && Reserved.Contains(word)) continue;
            if (command.Words.Count == 0 && IsAssignment(_text, start, word, out var equals))
            {
                if (_variables.Count < 64) _variables[word[..equals]] = word[(equals + 1)..];
                continue;
            }

            // The number of a stream: 2>file.
            if (word.Length == 1 && char.IsAsciiDigit(word[0]) && Peek() is '<' or '>') continue;
            command.Words.Add(word);
        }
    }

    private static bool IsAssignment(string text, int start, string word, out int equals)
    {
        equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || char.IsAsciiDigit(word[0])) return false;
        foreach (var character in word.AsSpan(0, equals))
            if (!char.IsAsciiLetterOrDigit(character) && character != '_') return false;
        return text.AsSpan(start).StartsWith(word.AsSpan(0, equals + 1), StringComparison.Ordinal);
    }

    private void Redirect(ShellCommand command)
    {
        var output = _text[_at++] == '>';
        if (!output && Peek() == '<')
        {
            _at++;
            var here = Peek() == '<';
            var tabs = Peek() == '-';
            if (here || tabs) _at++;
            var quoted = false;
            var text = string.Join(' ', TextBehindBlanks(command, ref quoted));
            if (here) command.Input = text;
            else if (text.Length > 0) _hereDocuments.Add(new HereDocument(command, text, tabs));
            return;
        }

        if (Peek() == '(')
        {
            // <(…) stands for a file with what the commands write.
            _at++;
            command.Inner.AddRange(Nested(')'));
            command.Words.Add("<()");
            return;
        }

        while (Peek() is '>' or '|' or '&') _at++;
        var unused = false;
        var target = TextBehindBlanks(command, ref unused);
        if (output) command.Writes.AddRange(target);
    }

    private List<string> TextBehindBlanks(ShellCommand command, ref bool quoted)
    {
        while (Peek() is ' ' or '\t') _at++;
        return Text(command, ref quoted);
    }

    private void HereDocuments()
    {
        foreach (var document in _hereDocuments) document.Read(_text, ref _at);
        _hereDocuments.Clear();
    }

    /// <summary>Reads one word; several where an unquoted $IFS stands in it.</summary>
    private List<string> Text(ShellCommand command, ref bool quoted)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var any = false;
        while (_at < _text.Length)
        {
            var character = _text[_at];
            if (character is ' ' or '\t' or '\r' or '\n' or ';' or '&' or '|' or '(' or ')' or '<' or '>') break;
            any = true;
            _at++;
            switch (character)
            {
                case '\\':
                    quoted = true;
                    if (_at < _text.Length) word.Append(_text[_at++]);
                    break;
                case '\'':
                    quoted = true;
                    var end = _text.IndexOf('\'', _at);
                    if (end < 0) end = _text.Length;
                    word.Append(_text, _at, end - _at);
                    _at = Math.Min(_text.Length, end + 1);
                    break;
                case '"':
                    quoted = true;
                    DoubleQuoted(word, command);
                    break;
                case '$' when Peek() == '\'':
                    quoted = true;
                    _at++;
                    ShellEscapes.Read(_text, ref _at, word);
                    break;
                case '$' when Peek() == '"':
                    break;
                case '$' or '`':
                    _at--;
                    if (!Expansion(word, command)) break;
                    // $IFS parts words.
                    if (word.Length > 0) words.Add(word.ToString());
                    word.Clear();
                    any = false;
                    break;
                default:
                    word.Append(character);
                    break;
            }
        }

        if (any) words.Add(word.ToString());
        return words;
    }

    private void DoubleQuoted(StringBuilder word, ShellCommand command)
    {
        while (_at < _text.Length)
        {
            var character = _text[_at++];
            if (character == '"') return;
            if (character == '\\' && _at < _text.Length && _text[_at] is '"' or '\\' or '$' or '`') word.Append(_text[_at++]);
            else if (character is '$' or '`')
            {
                _at--;
                Expansion(word, command);
            }
            else word.Append(character);
        }
    }

    /// <summary>Reads what a dollar sign or a backquote begins. A variable that is not known stays as it is written.</summary>
    /// <returns>Whether it was $IFS.</returns>
    private bool Expansion(StringBuilder word, ShellCommand command)
    {
        if (_text[_at++] == '`')
        {
            var inner = new StringBuilder();
            while (_at < _text.Length && _text[_at] != '`')
            {
                if (_text[_at] == '\\' && _at + 1 < _text.Length && _text[_at + 1] is '`' or '\\' or '$') _at++;
                inner.Append(_text[_at++]);
            }

            _at = Math.Min(_text.Length, _at + 1);
            if (_depth >= MostDepth) _script.IsTooDeep = true;
            else word.Append(command.Substitute(new ShellReader(inner.ToString(), _script, _depth + 1, _variables).Commands('\0')));
            return false;
        }

        if (Peek() == '(')
        {
            _at++;
            word.Append(command.Substitute(Nested(')')));
            return false;
        }

        var start = _at;
        if (Peek() == '{')
        {
            var close = _text.IndexOf('}', _at);
            if (close < 0) close = _text.Length;
            _at = Math.Min(_text.Length, close + 1);
            return Variable(_text[(start + 1)..close], word);
        }

        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_')) _at++;
        if (_at == start)
        {
            word.Append('$');
            return false;
        }

        return Variable(_text[start.._at], word);
    }

    private bool Variable(string name, StringBuilder word)
    {
        if (name == "IFS") return true;
        // ${NAME:-…} without a value is its default.
        var cut = name.IndexOf(":-", StringComparison.Ordinal);
        var plain = cut < 0 ? name : name[..cut];
        if (_variables.TryGetValue(plain, out var value) && _script.MayExpand(value.Length)) word.Append(value);
        else word.Append("${").Append(plain).Append('}');
        return false;
    }

    private List<ShellCommand> Nested(char close)
    {
        if (_depth >= MostDepth)
        {
            _script.IsTooDeep = true;
            return [];
        }

        var inner = new ShellReader(_text, _script, _depth + 1, _variables) { _at = _at };
        var commands = inner.Commands(close);
        _at = inner._at;
        return commands;
    }

    private char Peek(int ahead = 0) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';
}
