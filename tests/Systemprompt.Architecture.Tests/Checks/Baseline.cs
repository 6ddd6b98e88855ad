namespace Systemprompt.Architecture.Tests.Checks;

/// <summary>A committed text that a test compares with what is.</summary>
internal static class Baseline
{
    /// <summary>Set to 1, the baselines are rewritten instead of compared.</summary>
    public const string Variable = "UPDATE_BASELINE";

    public static void Check(string path, string actual, string command)
    {
        var file = Repository.InRoot(path);
        var expected = File.Exists(file) ? File.ReadAllText(file) : "";
        if (expected == actual) return;
        if (Environment.GetEnvironmentVariable(Variable) == "1")
        {
            File.WriteAllText(file, actual);
            return;
        }

        Assert.Fail($"{path} is no longer true:\n\n{Difference(expected, actual)}\nIf this is meant, accept it with: {Variable}=1 {command}");
    }

    /// <summary>Lines that went and came, each below the unindented line it belongs to.</summary>
    public static string Difference(string expected, string actual)
    {
        var before = Lines(expected);
        var after = Lines(actual);
        var changes = before.Except(after).Select(line => (line.Under, Text: $"- {line.Text}\n"))
            .Concat(after.Except(before).Select(line => (line.Under, Text: $"+ {line.Text}\n")));
        return string.Concat(changes.GroupBy(change => change.Under).Select(group =>
            $"{(group.Any(change => change.Text[2..^1] == group.Key) ? "" : $"  {group.Key}\n")}{string.Concat(group.Select(change => change.Text))}"));
    }

    private static List<(string Under, string Text)> Lines(string text)
    {
        var lines = new List<(string, string)>();
        var under = "";
        foreach (var line in text.Split('\n').Where(line => line.Length > 0))
        {
            if (!line.StartsWith(' ')) under = line;
            lines.Add((under, line));
        }

        return lines;
    }
}
