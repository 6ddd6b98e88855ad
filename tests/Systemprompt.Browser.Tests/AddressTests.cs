using System.Net;

namespace Systemprompt.Browser.Tests;

/// <summary>What lies behind the addresses of the site.</summary>
public sealed class AddressTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task A_linked_asset_may_be_kept_for_a_year_and_is_answered_304_when_it_is_unchanged()
    {
        await using var visit = await site.OpenAsync();
        var address = await visit.Page.Locator("link[rel=stylesheet]").GetAttributeAsync("href");

        using var asset = await site.Host.Client.GetAsync(address);

        asset.Headers.CacheControl!.ToString().ShouldBe("public, max-age=31536000, immutable");
        asset.Content.Headers.ContentType!.ToString().ShouldBe("text/css; charset=utf-8");
        using var again = new HttpRequestMessage(HttpMethod.Get, address);
        again.Headers.IfNoneMatch.Add(asset.Headers.ETag!);
        (await site.Host.Client.SendAsync(again)).StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task Without_its_digest_an_asset_is_asked_for_again_and_so_is_the_page()
    {
        using var asset = await site.Host.Client.GetAsync("assets/site.css");
        using var page = await site.Host.Client.GetAsync("");

        asset.Headers.CacheControl!.ToString().ShouldBe("no-cache");
        page.Headers.CacheControl!.ToString().ShouldBe("no-cache");
    }

    [Fact]
    public async Task A_page_that_is_not_there_is_not_found()
    {
        await using var visit = await site.OpenAsync();

        var answer = await visit.Page.GotoAsync("/nowhere");

        answer!.Status.ShouldBe(404);
        (await answer.HeaderValueAsync("x-content-type-options")).ShouldBe("nosniff");
        (await answer.TextAsync()).ShouldNotContain("   at ");
    }

    [Theory]
    [InlineData("assets/nowhere.css")]
    [InlineData("assets/..%2f..%2f..%2fetc/passwd")]
    [InlineData("assets/../profiles/production/profile.yaml")]
    public async Task An_asset_that_is_not_there_is_not_found(string path)
    {
        using var answer = await site.Host.Client.GetAsync(path);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }
}
