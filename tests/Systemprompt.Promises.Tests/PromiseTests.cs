namespace Systemprompt.Promises.Tests;

public sealed class PromiseTests
{
    private const string List = "tests/Systemprompt.Promises.Tests/promises.yaml";
    private const string Page = "docs/promises.md";

    private static readonly string Root = FindRoot();

    private static readonly IReadOnlyList<Promise> Promises = Promise.Parse(File.ReadAllText(Path.Combine(Root, List)));

    [Fact]
    public void Every_promise_is_listed_and_every_kept_one_has_its_test()
    {
        var run = File.ReadAllText(Path.Combine(Root, "test.sh"));
        // A scaffolded solution's own tests run in the trial, whatever the template calls them.
        var tests = TestMethod.Below(Path.Combine(Root, "tests"), file => run.Contains($"tests/{ProjectOf(file)}", StringComparison.Ordinal))
            .Concat(TestMethod.Below(Path.Combine(Root, "templates"), _ => true))
            .DistinctBy(test => test.Name).ToDictionary(test => test.Name);

        PromiseRules.Faults(Promises, tests).ShouldBeEmpty();
    }

    [Fact]
    public void The_page_is_up_to_date()
    {
        var file = Path.Combine(Root, Page);
        var page = PromisePage.Of(Promises);
        if (Environment.GetEnvironmentVariable("UPDATE_BASELINE") == "1") File.WriteAllText(file, page);

        File.ReadAllText(file).ShouldBe(page, $"{Page} is stale; write it anew with UPDATE_BASELINE=1 dotnet test tests/Systemprompt.Promises.Tests");
    }

    private static string ProjectOf(string file) => Path.GetRelativePath(Path.Combine(Root, "tests"), file).Replace('\\', '/').Split('/')[0];

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Systemprompt.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
