using System.Text;

namespace Systemprompt.Governance.Shell;

/// <summary>
/// Reads a script as PowerShell does, as far as telling commands from texts needs it: quotes, backticks, comments, pipes, parentheses, script blocks,
/// here-strings, and variables that the script itself sets to a text. It runs nothing. Any text is read, in one pass.
/// </summary>
internal sealed class PowerShellReader
{
    private const int MostDepth = 48;
    private const string Blanks = " \t\r\u00a0";

    // What may stand in front of a command without being one; and those whose block ends the statement.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase) { "return", "do", "else", "try", "finally", "begin", "process", "end", ".", "throw", "exit" };
    private static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase) { "if", "elseif", "foreach", "for", "while", "switch", "catch", "function", "filter", "trap", "until" };

    private static readonly HashSet<string> Printers = new(StringComparer.OrdinalIgnoreCase) { "echo", "write-output", "write" };

    private readonly string _text;
    private readonly ShellScript _script;
    private readonly int _depth;
    private readonly Dictionary<string, string> _variables;
    private int _at;

    private PowerShellReader(string text, ShellScript script, int depth, Dictionary<string, string> variables) => (_text, _script, _depth, _variables) = (text, script, depth, variables);

    public static ShellScript Read(string text)
    {
        var script = new ShellScript();
        var variables = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["home"] = "~", ["env:userprofile"] = "~", ["env:home"] = "~", ["env:homepath"] = "~", ["pwd"] = ".",
            ["env:systemdrive"] = "C:", ["env:homedrive"] = "C:", ["env:systemroot"] = @"C:\Windows", ["env:windir"] = @"C:\Windows", ["env:programfiles"] = @"C:\Program Files", ["env:programdata"] = @"C:\ProgramData",
        };
        new PowerShellReader(text, script, 0, variables).Commands('\0');
        return script;
    }

    /// <summary>Reads commands up to the closing character, or the end. Those read are added to the script, and given back.</summary>
    private List<ShellCommand> Commands(char close)
    {
        var found = new List<ShellCommand>();
        ShellCommand? from = null;
        string? assigned = null;
        var isCalled = false;
        while (true)
        {
            var command = new ShellCommand { From = from };
            ReadOne(command, ref assigned);
            // What is called is a command, also as a text.
            command.IsExpression &= !isCalled;
            var isEmpty = command.Words.Count == 0 && command.Writes.Count == 0 && command.Inner.Count == 0;
            if (!isEmpty) found.Add(command);
            if (!isEmpty) _script.Commands.Add(command);
            var sign = _at < _text.Length ? _text[_at] : '\0';
            var piped = sign == '|' && Peek(1) != '|';
            // The sign that calls what follows it, and not a separator.
            isCalled = isEmpty && sign == '&' && Peek(1) != '&';
            if (isCalled)
            {
                _at++;
                continue;
            }

            if (!piped && assigned is not null && !isEmpty)
            {
                Remember(assigned, command);
                assigned = null;
            }

            if (_at >= _text.Length) return found;
            from = piped ? command : null;
            // A block may end its statement without any sign.
            if (!IsEnd(sign)) continue;
            _at++;
            if (sign == close) return found;
            if (sign is '|' or '&' && Peek() == sign) _at++;
        }
    }

    private static bool IsEnd(char sign) => sign is '\n' or ';' or '|' or '&' or ')' or '}';

    /// <summary>Reads one command, up to what ends it, which stays.</summary>
    private void ReadOne(ShellCommand command, ref string? assigned)
    {
        var value = new StringBuilder();
        // Whether all of it so far is one text, or texts with a plus between them.
        var isText = true;
        while (_at < _text.Length)
        {
            var character = _text[_at];
            if (Blanks.Contains(character, StringComparison.Ordinal) || character is ',' or '<' && Peek(1) != '#') _at++;
            else if (IsEnd(character)) break;
            else if (character == '`' && Peek(1) is '\n' or '\r') _at += Peek(1) == '\r' && Peek(2) == '\n' ? 3 : 2;
            else if (character == '#') Skip("\n", 0);
            else if (character == '<') Skip("#>", 2);
            else if (character == '>') Redirect(command);
            else if (character == '=' && command is { IsExpression: true, Words.Count: 1 } && command.Words[0].StartsWith("${", StringComparison.Ordinal) && Peek(1) != '=')
            {
                assigned = command.Words[0][2..^1];
                command.Words.Clear();
                command.IsExpression = false;
                value.Clear();
                isText = true;
                _at++;
            }
            else
            {
                var quoted = character is '\'' or '"' or '\u2018' or '\u2019' or '\u201c' or '\u201d' or '$' or '(' or '@' or '[';
                // What is assigned to has its name here, not its value.
                var (word, isBlock) = IsAssigned() ? (Name(), false) : Word(command);
                if (word.Length == 1 && char.IsAsciiDigit(word[0]) && Peek() == '>') continue;
                if (command.Words.Count == 0 && !quoted && Reserved.Contains(word)) continue;
                if (command.Words.Count == 0) command.IsExpression = quoted;
                command.Words.Add(word);
                isText &= command.Words.Count % 2 == 1 ? quoted && !word.Contains(ShellCommand.Unknown, StringComparison.Ordinal) : word == "+";
                if (isText && command.Words.Count % 2 == 1) value.Append(word);
                if (isBlock && (command.Words.Count == 1 || Blocks.Contains(command.Words[0]))) break;
            }
        }

        if (command.Words.Count == 0) return;
        if (command.IsExpression) command.Value = isText ? value.ToString() : null;
        else if (Printers.Contains(command.Words[0])) command.Value = string.Join(' ', command.Words.Skip(1).Where(static word => !word.StartsWith('-')));
    }

    private void Skip(string end, int length)
    {
        var stop = _text.IndexOf(end, _at, StringComparison.Ordinal);
        _at = stop < 0 ? _text.Length : stop + length;
    }

    private void Redirect(ShellCommand command)
    {
        while (Peek() is '>' or '&') _at++;
        while (_at < _text.Length && Blanks.Contains(_text[_at], StringComparison.Ordinal)) _at++;
        if (_at < _text.Length && !IsEnd(_text[_at])) command.Writes.Add(Word(command).Word);
    }

    /// <summary>Whether a variable stands here that is set to what follows.</summary>
    private bool IsAssigned()
    {
        if (Peek() != '$') return false;
        var end = _at + 1;
        while (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end]) || _text[end] is '_' or ':')) end++;
        if (end == _at + 1) return false;
        while (end < _text.Length && _text[end] is ' ' or '\t') end++;
        return end < _text.Length && _text[end] == '=' && (end + 1 >= _text.Length || _text[end + 1] != '=');
    }

    private string Name()
    {
        var start = ++_at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '_' or ':')) _at++;
        return $"${{{_text[start.._at]}}}";
    }

    private void Remember(string name, ShellCommand command)
    {
        name = Plain(name);
        var text = command.Value ?? (ShellJudge.IsDownload(command) || ShellJudge.IsDownloadedBy(command.From) ? ShellJudge.Fetched : null);
        if (text is null) _variables.Remove(name);
        else if (_variables.Count < 64) _variables[name] = text;
    }

    /// <summary>Reads one word. What it holds in parentheses or blocks is added to the command.</summary>
    private (string Word, bool IsBlock) Word(ShellCommand command)
    {
        var word = new StringBuilder();
        while (_at < _text.Length)
        {
            var character = _text[_at];
            if (Blanks.Contains(character, StringComparison.Ordinal) || character is ',' or '>' or '<' && word.Length > 0 || IsEnd(character)) break;
            _at++;
            switch (character)
            {
                case '`':
                    if (_at < _text.Length) word.Append(_text[_at++]);
                    break;
                case '\'' or '\u2018' or '\u2019':
                    Quoted(word, static sign => sign is '\'' or '\u2018' or '\u2019', null);
                    break;
                case '"' or '\u201c' or '\u201d':
                    Quoted(word, static sign => sign is '"' or '\u201c' or '\u201d', command);
                    break;
                case '@' when Peek() is '\'' or '"':
                    HereString(word, _text[_at++], command);
                    break;
                case '@' when Peek() is '(' or '{': break;
                case '$':
                    Variable(word, command);
                    break;
                case '{' when word.Length > 0:
                case '(' when word.Length > 0 && command.Words.Count == 0 && char.IsAsciiLetter(word[0]):
                    _at--;
                    return (word.ToString(), false);
                case '(':
                    word.Append(command.Substitute(Nested(')')));
                    break;
                case '{':
                    command.Inner.AddRange(Nested('}'));
                    return ("{}", true);
                default:
                    word.Append(character);
                    break;
            }
        }

        return (word.ToString(), false);
    }

    /// <summary>Reads a text up to its closing quote. One that is doubled stands for itself; variables are read when there is a command.</summary>
    private void Quoted(StringBuilder word, Func<char, bool> isQuote, ShellCommand? expanding)
    {
        while (_at < _text.Length)
        {
            var character = _text[_at++];
            if (isQuote(character))
            {
                if (!isQuote(Peek())) return;
                _at++;
                word.Append(character);
            }
            else if (expanding is not null && character == '`' && _at < _text.Length) word.Append(_text[_at++] is var escaped && escaped == 'n' ? '\n' : escaped);
            else if (expanding is not null && character == '$') Variable(word, expanding);
            else word.Append(character);
        }
    }

    private void HereString(StringBuilder word, char quote, ShellCommand command)
    {
        Skip("\n", 1);
        var end = _text.IndexOf($"\n{quote}@", Math.Max(0, _at - 1), StringComparison.Ordinal);
        if (end < 0) end = _text.Length;
        if (quote == '\'') word.Append(_text, _at, Math.Max(0, end - _at));
        while (quote == '"' && _at < end)
        {
            var character = _text[_at++];
            if (character == '$') Variable(word, command);
            else word.Append(character);
        }

        _at = Math.Min(_text.Length, Math.Max(_at, end + 3));
    }

    /// <summary>Reads what a dollar sign begins. A variable that is not known stays as it is written.</summary>
    private void Variable(StringBuilder word, ShellCommand command)
    {
        if (Peek() == '(')
        {
            _at++;
            word.Append(command.Substitute(Nested(')')));
            return;
        }

        var start = _at;
        string name;
        if (Peek() == '{')
        {
            var close = _text.IndexOf('}', _at);
            if (close < 0) close = _text.Length;
            name = _text[(start + 1)..close];
            _at = Math.Min(_text.Length, close + 1);
        }
        else
        {
            while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '_' or '?' || (_text[_at] == ':' && IsScope(_text.AsSpan(start, _at - start))))) _at++;
            name = _text[start.._at];
        }

        if (name.Length == 0) word.Append('$');
        else if (_variables.TryGetValue(Plain(name), out var value) && _script.MayExpand(value.Length)) word.Append(value);
        else word.Append("${").Append(name).Append('}');
    }

    private static bool IsScope(ReadOnlySpan<char> name) =>
        name.Equals("env", StringComparison.OrdinalIgnoreCase) || name.Equals("global", StringComparison.OrdinalIgnoreCase) || name.Equals("script", StringComparison.OrdinalIgnoreCase)
        || name.Equals("local", StringComparison.OrdinalIgnoreCase) || name.Equals("private", StringComparison.OrdinalIgnoreCase) || name.Equals("using", StringComparison.OrdinalIgnoreCase);

    private static string Plain(string name) =>
        name.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && !name.StartsWith("env:", StringComparison.OrdinalIgnoreCase) ? name[(colon + 1)..] : name;

    private List<ShellCommand> Nested(char close)
    {
        _script.IsTooDeep |= _depth >= MostDepth;
        if (_depth >= MostDepth) return [];
        var inner = new PowerShellReader(_text, _script, _depth + 1, _variables) { _at = _at };
        var commands = inner.Commands(close);
        _at = inner._at;
        return commands;
    }

    private char Peek(int ahead = 0) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';
}
