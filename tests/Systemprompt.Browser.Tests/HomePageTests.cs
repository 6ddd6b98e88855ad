using Microsoft.Playwright;

namespace Systemprompt.Browser.Tests;

/// <summary>The first page an evaluator sees, as the published file serves it.</summary>
public sealed class HomePageTests(Site site) : IClassFixture<Site>
{
    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    public async Task It_fits_reads_well_and_gives_the_browser_no_cause_to_complain(int width, ColorScheme scheme)
    {
        await using var visit = await site.OpenAsync(width: width, scheme: scheme);

        await visit.PhotographAsync($"home-{width}-{scheme.ToString().ToLowerInvariant()}");

        (await visit.AxeAsync()).ShouldBeEmpty();
        (await visit.OverhangAsync()).ShouldBe(0);
        visit.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Light_and_dark_look_different()
    {
        await using var light = await site.OpenAsync(scheme: ColorScheme.Light);
        await using var dark = await site.OpenAsync(scheme: ColorScheme.Dark);
        const string Background = "() => getComputedStyle(document.body).backgroundColor";

        (await light.Page.EvaluateAsync<string>(Background)).ShouldNotBe(await dark.Page.EvaluateAsync<string>(Background));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_shows_the_live_status_with_and_without_javascript(bool script)
    {
        await using var visit = await site.OpenAsync(script: script);

        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Status" })).ToBeVisibleAsync();
        (await StatusOf(visit, "database").InnerTextAsync()).ShouldBe("healthy");
        (await StatusOf(visit, "audit").InnerTextAsync()).ShouldBe("healthy");
        (await visit.Page.Locator("td code").AllInnerTextsAsync()).ShouldContain("marketplace");
    }

    [Fact]
    public async Task It_names_the_address_it_was_asked_at_and_its_own_commands()
    {
        await using var visit = await site.OpenAsync();

        var commands = await visit.Page.Locator("pre").AllInnerTextsAsync();

        commands.ShouldContain(command => command.Contains($"ANTHROPIC_BASE_URL=http://127.0.0.1:{site.Host.Port} ", StringComparison.Ordinal));
        commands.ShouldContain(command => command.StartsWith("TOKEN=$(myco admin token create", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_keyboard_reaches_the_content_by_the_skip_link()
    {
        await using var visit = await site.OpenAsync();
        var skip = visit.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" });

        await visit.Page.Keyboard.PressAsync("Tab");

        await Assertions.Expect(skip).ToBeFocusedAsync();
        await Assertions.Expect(skip).ToBeInViewportAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(visit.Page.Locator("main")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_checks_of_these_tests_see_what_they_look_for()
    {
        await using var visit = await site.OpenAsync();

        await visit.Page.EvaluateAsync("""() => document.body.insertAdjacentHTML("beforeend", '<p style="width: 5000px">wide</p><img src="/assets/icon.svg">')""");
        await visit.Page.EvaluateAsync("""() => { document.querySelector("h1").style.width = "5000px"; fetch("http://192.0.2.1/").catch(() => { }); }""");

        (await visit.AxeAsync()).ShouldContain(fault => fault.StartsWith("image-alt: ", StringComparison.Ordinal));
        (await visit.OverhangAsync()).ShouldBeGreaterThan(1000);
        visit.Complaints.ShouldContain(complaint => complaint.Contains("style", StringComparison.Ordinal) && complaint.Contains("Content Security Policy", StringComparison.Ordinal));
        visit.Complaints.ShouldContain(complaint => complaint.Contains("connect", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_turns_unhealthy_when_postgresql_stops_and_recovers()
    {
        await using var visit = await site.OpenAsync();
        await site.Database.StopServerAsync();
        try
        {
            await ReloadUntilAsync(visit, "unhealthy");
            await visit.PhotographAsync("home-database-away");
            (await visit.Page.ContentAsync()).ShouldNotContain(site.Database.Name);
            (await visit.AxeAsync()).ShouldBeEmpty();
        }
        finally
        {
            await site.Database.StartServerAsync();
        }

        await ReloadUntilAsync(visit, "healthy");
        await ReloadUntilAsync(visit, "healthy", "audit");
        visit.Complaints.ShouldBeEmpty();
    }

    private static ILocator StatusOf(Visit visit, string check) =>
        visit.Page.Locator("dl div").Filter(new() { Has = visit.Page.Locator("dt", new() { HasTextString = check }) }).Locator("dd").First;

    private static Task ReloadUntilAsync(Visit visit, string status, string check = "database") =>
        Condition.HoldsAsync($"{check} is {status}", TimeSpan.FromSeconds(30), async () =>
        {
            await visit.Page.ReloadAsync();
            return await StatusOf(visit, check).InnerTextAsync() == status;
        });
}
