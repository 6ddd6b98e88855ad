using System.Text.RegularExpressions;

namespace Systemprompt.Promises.Tests;

/// <summary>docs/reliability.md names tests; each must be there and run.</summary>
public sealed partial class ReliabilityTests
{
    [Fact]
    public void Every_requirement_has_a_line_and_every_named_test_runs()
    {
        var page = File.ReadAllText(Path.Combine(Root, "docs", "reliability.md"));
        var run = File.ReadAllText(Path.Combine(Root, "test.sh"));
        var tests = TestMethod.Below(Path.Combine(Root, "tests"), file => run.Contains($"tests/{Path.GetRelativePath(Path.Combine(Root, "tests"), file).Split('/')[0]}", StringComparison.Ordinal))
            .Where(test => test.Hindrance is null).Select(test => string.Join('.', test.Name.Split('.')[^2..])).ToHashSet();

        Line().Matches(page).Select(line => line.Groups[1].Value).ShouldBe(Enumerable.Range(1, 28).Select(number => $"R{number}"));
        var named = Name().Matches(page).Select(name => name.Groups[1].Value).ToList();
        named.Count.ShouldBeGreaterThan(40);
        named.Where(name => !tests.Contains(name)).ShouldBeEmpty();
    }

    private static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Systemprompt.slnx"))) folder = folder.Parent!;
            return folder.FullName;
        }
    }

    [GeneratedRegex(@"^\| (R\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"`([A-Z][A-Za-z]+Tests\.[A-Z][A-Za-z0-9_]+)`")]
    private static partial Regex Name();
}
