using System.Net;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Web;

namespace Systemprompt.Engines.Tests.Web;

public sealed class SiteTests
{
    [Fact]
    public async Task A_page_is_rendered_inside_the_layout_and_encoded()
    {
        await using var host = await TestHost.StartAsync(new Site());

        var answer = await host.Client.GetAsync("/hello/%3Cb%3Eyou");

        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        (await answer.Content.ReadAsStringAsync()).ShouldBe("<html><main><p>Hello &lt;b&gt;you</p></main></html>");
    }

    [Fact]
    public async Task Head_answers_the_length_without_the_page()
    {
        await using var host = await TestHost.StartAsync(new Site());

        var answer = await host.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/hello/you"));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentLength.ShouldBe("<html><main><p>Hello you</p></main></html>".Length);
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_route_value_that_does_not_fit_its_parameter_is_not_found()
    {
        await using var host = await TestHost.StartAsync(new Site());

        (await host.Client.GetAsync("/number/7")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await host.Client.GetAsync("/number/seven")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await host.Client.GetAsync("/number/99999999999")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_page_may_set_the_status()
    {
        await using var host = await TestHost.StartAsync(new Site());

        (await host.Client.GetAsync("/gone")).StatusCode.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task An_asset_is_kept_by_its_digest_and_by_nothing_else()
    {
        await using var host = await TestHost.StartAsync(new Site());
        var url = host.Services.GetRequiredService<AssetCatalogue>().Url("test.css");

        var kept = await host.Client.GetAsync(url);
        var plain = await host.Client.GetAsync("/assets/test.css?v=else");

        (await kept.Content.ReadAsStringAsync()).ShouldContain("color: black");
        kept.Content.Headers.ContentType!.ToString().ShouldBe("text/css; charset=utf-8");
        kept.Headers.CacheControl!.ToString().ShouldContain("immutable");
        plain.Headers.CacheControl!.ToString().ShouldBe("no-cache");
        var again = new HttpRequestMessage(HttpMethod.Get, url);
        again.Headers.IfNoneMatch.Add(kept.Headers.ETag!);
        (await host.Client.SendAsync(again)).StatusCode.ShouldBe(HttpStatusCode.NotModified);
        (await host.Client.GetAsync("/assets/..%2fsecret")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_unknown_asset_is_named_with_the_known_ones()
    {
        await using var host = await TestHost.StartAsync(new Site());

        Should.Throw<ArgumentException>(() => host.Services.GetRequiredService<AssetCatalogue>().Url("nope.css")).Message.ShouldContain("test.css");
    }

    [Fact]
    public async Task The_status_is_checked_once_a_second_however_many_ask()
    {
        var clock = new FakeTimeProvider();
        var checks = 0;
        await using var host = await TestHost.StartAsync(new Site(), "", services =>
        {
            services.AddSingleton<TimeProvider>(clock);
            services.AddHealthChecks().AddCheck("database", () => HealthCheckResult.Healthy($"check {++checks}"));
        });
        var status = host.Services.GetRequiredService<SiteStatus>();

        var reports = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => status.ReadAsync()));
        reports.Select(report => report.Checks.Single().Detail).Distinct().ShouldBe(["check 1"]);
        clock.Advance(TimeSpan.FromSeconds(1));

        var later = await status.ReadAsync();
        later.Checks.Single().Detail.ShouldBe("check 2");
        later.Extensions.Select(extension => extension.Id).ShouldBe(["site"]);
    }

    [Extension("site")]
    private sealed class Site : SiteExtension
    {
        protected override Type Layout => typeof(Frame);

        protected override void MapPages(RouteMap site)
        {
            site.Public().MapPage<Hello>("/hello/{name}");
            site.Public().MapPage<Number>("/number/{value}");
            site.Public().MapPage<Gone>("/gone");
        }
    }

    private sealed class Frame : LayoutComponentBase
    {
        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.AddMarkupContent(0, "<html><main>");
            builder.AddContent(1, Body);
            builder.AddMarkupContent(2, "</main></html>");
        }
    }

    private sealed class Hello : ComponentBase
    {
        [Parameter]
        public string? Name { get; set; }

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.OpenElement(0, "p");
            builder.AddContent(1, $"Hello {Name}");
            builder.CloseElement();
        }
    }

    private sealed class Number : ComponentBase
    {
        [Parameter]
        public int Value { get; set; }
    }

    private sealed class Gone : ComponentBase
    {
        [CascadingParameter]
        public HttpContext Context { get; set; } = null!;

        protected override void OnInitialized() => Context.Response.StatusCode = StatusCodes.Status410Gone;
    }
}
