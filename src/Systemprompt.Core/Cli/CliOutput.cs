using System.Text.Json;
using Spectre.Console;

namespace Systemprompt.Cli;

/// <summary>
/// Results go to stdout: a table for people, or with <c>--json</c> exactly one JSON document. Everything else goes to stderr.
/// </summary>
public sealed class CliOutput
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly TextWriter _out;
    private readonly TextWriter _error;
    private readonly IAnsiConsole _console;

    internal CliOutput(TextWriter output, TextWriter error, bool json, bool color)
    {
        _out = output;
        _error = error;
        IsJson = json;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = color ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = color ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        if (Console.IsOutputRedirected) _console.Profile.Width = 200;
    }

    /// <summary>True under <c>--json</c>.</summary>
    public bool IsJson { get; }

    /// <summary>Prints a list: a table, or one JSON array of the whole objects.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">Table columns: title and how to show a row. JSON ignores them.</param>
    public void List<T>(IReadOnlyCollection<T> rows, params ReadOnlySpan<(string Title, Func<T, object?> Value)> columns)
    {
        if (IsJson)
        {
            Document(rows);
            return;
        }

        var table = new Table().Border(TableBorder.Minimal);
        foreach (var column in columns) table.AddColumn(new TableColumn(new Text(column.Title)).NoWrap());
        foreach (var row in rows)
        {
            var cells = new List<Text>(columns.Length);
            foreach (var column in columns) cells.Add(new Text(Show(column.Value(row))));
            table.AddRow(cells);
        }

        _console.Write(table);
    }

    /// <summary>Prints one thing: name and value a line, or one JSON object.</summary>
    public void Item<T>(T item, params ReadOnlySpan<(string Title, Func<T, object?> Value)> fields)
    {
        if (IsJson)
        {
            Document(item);
            return;
        }

        var width = 0;
        foreach (var field in fields) width = Math.Max(width, field.Title.Length);
        foreach (var field in fields) _out.WriteLine($"{field.Title.PadRight(width)}  {Show(field.Value(item))}");
    }

    /// <summary>Prints one JSON document, whatever the mode.</summary>
    public void Document<T>(T value) => _out.WriteLine(JsonSerializer.Serialize(value, Json));

    /// <summary>
    /// Prints one JSON array, an element at a time, so that it may be larger than memory. When the elements fail midway the array stays open,
    /// so that nobody takes it for whole.
    /// </summary>
    internal async Task StreamAsync<T>(IAsyncEnumerable<T> elements)
    {
        var separator = "[";
        await foreach (var element in elements)
        {
            await _out.WriteLineAsync(separator);
            await _out.WriteAsync(JsonSerializer.Serialize(element, Json));
            separator = ",";
        }

        await _out.WriteLineAsync(separator == "[" ? "[]" : "\n]");
    }

    /// <summary>
    /// Runs something that takes a while. On a terminal its progress is a bar on stderr, which goes when it is over; elsewhere each change is a
    /// line there.
    /// </summary>
    /// <param name="title">What it is.</param>
    /// <param name="run">Gets a function that takes the part that is done, from 0 to 1 or null, and a few words.</param>
    internal async Task<T> ProgressAsync<T>(string title, Func<Action<double?, string>, Task<T>> run)
    {
        if (!Console.IsErrorRedirected && !Console.IsOutputRedirected)
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_error) });
            return await console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn()).StartAsync(async context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return await run((part, words) =>
                {
                    task.Description = Markup.Escape($"{title} {Visible(words)}");
                    task.IsIndeterminate = part is null;
                    if (part is { } value) task.Value = value;
                });
            });
        }

        var last = "";
        return await run((part, words) =>
        {
            var line = $"{title} {words}{(part is { } value ? $" {value:P0}" : "")}";
            if (line != last) Notice(Visible(line));
            last = line;
        });
    }

    /// <summary>A value that must not be seen: standard input to its end, less one line break; on a terminal it is asked for and not shown.</summary>
    internal async Task<string> ReadSecretAsync(string what, CancellationToken cancellationToken)
    {
        if (!Console.IsInputRedirected)
            return await new TextPrompt<string>($"{Markup.Escape(what)}:").Secret(null).AllowEmpty()
                .ShowAsync(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_error) }), cancellationToken);
        var text = await Console.In.ReadToEndAsync(cancellationToken);
        return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
    }

    /// <summary>Prints a line of result. Under <c>--json</c> use <see cref="Document"/> instead.</summary>
    public void Line(string text) => _out.WriteLine(text);

    /// <summary>Tells the person something that is not the result; stderr.</summary>
    public void Notice(string text) => _error.WriteLine(text);

    private static string Show(object? value) => value switch
    {
        null => "",
        DateTimeOffset time => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'"),
        DateTime time => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'"),
        bool flag => flag ? "yes" : "no",
        _ => Visible(value.ToString() ?? ""),
    };

    /// <summary>Some of what is shown was written by strangers; it must not steer the terminal.</summary>
    internal static string Visible(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter)) : text;
}
