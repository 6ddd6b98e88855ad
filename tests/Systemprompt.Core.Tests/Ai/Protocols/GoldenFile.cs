using System.Text;

namespace Systemprompt.Core.Tests.Ai.Protocols;

/// <summary>A case of the corpus: what comes in, and under a line <c>=== NAME</c> each what comes out. UPDATE_BASELINE=1 rewrites what comes out.</summary>
internal sealed class GoldenFile
{
    private const string Mark = "=== ";
    private readonly string _path;
    private readonly string _text;

    private GoldenFile(string path)
    {
        _path = path;
        _text = File.ReadAllText(path);
        var end = _text.StartsWith(Mark, StringComparison.Ordinal) ? 0 : _text.IndexOf("\n" + Mark, StringComparison.Ordinal);
        Input = end < 0 ? _text : _text[..(end + 1)];
    }

    public string Input { get; }

    public static TheoryData<string, string> Cases(string kind)
    {
        var cases = new TheoryData<string, string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, kind), "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            cases.Add(Path.GetFileName(Path.GetDirectoryName(file)!), Path.GetFileNameWithoutExtension(file));
        return cases;
    }

    public static GoldenFile Open(string kind, string protocol, string name) => new(Path.Combine(Folder, kind, protocol, name + ".txt"));

    public void Check(IEnumerable<(string Name, string Outcome)> outcomes)
    {
        var text = new StringBuilder(Input.TrimEnd('\n')).Append('\n');
        foreach (var (name, outcome) in outcomes) text.Append(Mark).Append(name).Append('\n').Append(outcome.TrimEnd('\n')).Append('\n');
        if (Environment.GetEnvironmentVariable("UPDATE_BASELINE") == "1") File.WriteAllText(_path, text.ToString());
        else _text.ShouldBe(text.ToString(), $"{_path} is stale; see what changed, then write it anew with UPDATE_BASELINE=1");
    }

    public static string Folder { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Systemprompt.slnx"))) folder = folder.Parent!;
        return Path.Combine(folder.FullName, "tests/Systemprompt.Core.Tests/Ai/Protocols/Golden");
    }
}
