using Microsoft.Playwright;

namespace Systemprompt.Browser.Tests;

/// <summary>Debian's Chromium, which asks nothing of the outside.</summary>
internal static class Chromium
{
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ];

    public static string Path { get; } = File.Exists("/usr/bin/chromium")
        ? "/usr/bin/chromium"
        : throw new InvalidOperationException("/usr/bin/chromium is missing: run eng/install-test-tools.sh, or ./test.sh");

    public static Task<IBrowser> LaunchAsync(IPlaywright playwright) =>
        playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Path, Headless = true, Args = Arguments });
}
