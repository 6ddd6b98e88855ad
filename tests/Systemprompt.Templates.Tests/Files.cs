namespace Systemprompt.Templates.Tests;

/// <summary>The files of a generated folder.</summary>
internal static class Files
{
    private static readonly string[] Tokens =
        ["AcmeCo", "acmeco", "Acme Co", "systemprompt-version", "ExtensionName1", "ExtensionClass1", "extension_id1", "extension-path1", "profile-name1", "#if", "#endif"];

    /// <summary>Paths below a folder, sorted; what a build makes left out.</summary>
    public static IReadOnlyList<string> Of(string folder) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
        .Where(file => !file.Split('/').Any(part => part is "bin" or "obj"))
        .Order(StringComparer.Ordinal)];

    /// <summary>Tokens of the template that were left standing, in names and contents.</summary>
    public static IReadOnlyList<string> LeftTokens(string folder) => [.. Of(folder).SelectMany(file =>
    {
        var text = file + "\n" + File.ReadAllText(Path.Combine(folder, file));
        return Tokens.Where(token => text.Contains(token, StringComparison.Ordinal)).Select(token => $"{file}: {token}");
    })];

    /// <summary>Compares with a committed list; UPDATE_BASELINE=1 accepts a change that was meant.</summary>
    public static void ShouldBeBaseline(this IReadOnlyList<string> files, string name)
    {
        var path = Path.Combine(TemplateFixture.Repository, "tests/Systemprompt.Templates.Tests/Baselines", name + ".txt");
        if (Environment.GetEnvironmentVariable("UPDATE_BASELINE") == "1") File.WriteAllLines(path, files);
        files.ShouldBe(File.Exists(path) ? File.ReadAllLines(path) : [], $"{path} lists what the template makes; UPDATE_BASELINE=1 accepts a change");
    }
}
