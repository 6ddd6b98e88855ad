using Microsoft.Playwright;

namespace Systemprompt.Browser.Tests;

/// <summary>The published file with profile <c>production</c>, and a browser.</summary>
public sealed class Site : IAsyncLifetime
{
    private TestDatabase? _database;
    private PublishedHost? _host;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public PublishedHost Host => _host!;

    public TestDatabase Database => _database!;

    public async Task InitializeAsync()
    {
        // A server of its own, which a test stops.
        _database = await TestDatabase.CreateOwnAsync();
        _host = await PublishedHost.StartAsync(_database, new HostOptions { Variables = new Dictionary<string, string> { ["RATE_LIMIT_SCALE"] = "100" } });
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.LaunchAsync(_playwright);
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_host is not null) await _host.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
    }

    /// <summary>Opens a page of the site in a fresh profile of the browser.</summary>
    public async Task<Visit> OpenAsync(string path = "/", int width = 1280, ColorScheme scheme = ColorScheme.Light, bool script = true)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Host.Address.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            ColorScheme = scheme,
            JavaScriptEnabled = script,
        });
        return await Visit.StartAsync(context, path);
    }
}
