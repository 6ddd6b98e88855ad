using Microsoft.Playwright;

namespace Systemprompt.Browser.Tests;

/// <summary>Pages of content and the search among them, as the published file serves them.</summary>
public sealed class ContentPageTests(Site site) : IClassFixture<Site>
{
    [Theory]
    [InlineData("/docs", 1280, ColorScheme.Light)]
    [InlineData("/docs/governance", 1280, ColorScheme.Light)]
    [InlineData("/docs/governance", 360, ColorScheme.Dark)]
    [InlineData("/blog/one-binary", 360, ColorScheme.Light)]
    [InlineData("/search?q=governence", 1280, ColorScheme.Dark)]
    [InlineData("/search?q=governence", 360, ColorScheme.Light)]
    public async Task They_fit_read_well_and_give_the_browser_no_cause_to_complain(string path, int width, ColorScheme scheme)
    {
        await using var visit = await site.OpenAsync(path, width, scheme);

        await visit.PhotographAsync($"content{path.Split('?')[0].Replace('/', '-')}-{width}-{scheme.ToString().ToLowerInvariant()}");

        (await visit.AxeAsync()).ShouldBeEmpty();
        (await visit.OverhangAsync()).ShouldBe(0);
        visit.Complaints.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task From_the_first_page_to_a_mistyped_search_to_what_was_meant_with_and_without_javascript(bool script)
    {
        await using var visit = await site.OpenAsync(script: script);

        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Search" }).ClickAsync();
        await visit.Page.GetByLabel("Words to look for").FillAsync("governence");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Search" }).ClickAsync();

        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("“governance” was looked for");
        await visit.Page.Locator("ol.items a").First.ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Governance", Level = 1 })).ToBeVisibleAsync();
        (await visit.Page.TitleAsync()).ShouldStartWith("Governance · ");
        visit.Complaints.ShouldBeEmpty();
    }
}
