using System.Text.Json;
using Microsoft.Playwright;

namespace Systemprompt.Browser.Tests;

/// <summary>One open page, and everything the browser complained of.</summary>
public sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    private Visit(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        // What the policy for content forbids is told on the console, as an error.
        page.Console += (_, message) => Note(message.Type is "error" or "warning", $"{message.Type}: {message.Text}");
        page.PageError += (_, error) => Note(true, $"script: {error}");
        page.RequestFailed += (_, request) => Note(true, $"failed: {request.Url} {request.Failure}");
        page.Request += (_, request) => Note(!request.Url.StartsWith("http://127.0.0.1:", StringComparison.Ordinal), $"elsewhere: {request.Url}");
    }

    public IPage Page { get; }

    public IReadOnlyList<string> Complaints
    {
        get { lock (_complaints) return [.. _complaints]; }
    }

    public static async Task<Visit> StartAsync(IBrowserContext context, string path)
    {
        var visit = new Visit(context, await context.NewPageAsync());
        await visit.Page.GotoAsync(path, new PageGotoOptions { WaitUntil = WaitUntilState.NetworkIdle });
        return visit;
    }

    /// <summary>What axe-core finds against WCAG and good practice: <c>rule: element</c>.</summary>
    public async Task<IReadOnlyList<string>> AxeAsync()
    {
        await Page.EvaluateAsync(await File.ReadAllTextAsync(Repository.NodeModule("axe-core/axe.min.js")));
        var report = await Page.EvaluateAsync<JsonElement>("() => axe.run().then(report => report.violations)");
        return [.. report.EnumerateArray().SelectMany(rule => rule.GetProperty("nodes").EnumerateArray()
            .Select(node => $"{rule.GetProperty("id").GetString()}: {node.GetProperty("html").GetString()}"))];
    }

    /// <summary>By how many pixels the page is wider than the window.</summary>
    public Task<int> OverhangAsync() => Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");

    /// <summary>Writes <c>artifacts/screenshots/NAME.png</c>.</summary>
    public Task PhotographAsync(string name) =>
        Page.ScreenshotAsync(new PageScreenshotOptions { FullPage = true, Path = Repository.InRoot("artifacts", "screenshots", $"{name}.png") });

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    private void Note(bool isComplaint, string text)
    {
        if (!isComplaint) return;
        lock (_complaints) _complaints.Add(text);
    }
}
