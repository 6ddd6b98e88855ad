using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Marketplace;

namespace Systemprompt.Engines.Tests.Marketplace;

public sealed class MarketplaceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task The_catalogue_is_in_the_clients_shape_and_points_to_what_is_served()
    {
        Add("good", "1.0.0");
        await using var host = await StartAsync("market:\n  name: acme-tools\n  owner: Acme\n  owner_email: ai@acme.example\n");

        var catalogue = await CatalogueAsync(host);

        catalogue.GetProperty("name").GetString().ShouldBe("acme-tools");
        catalogue.GetProperty("owner").GetProperty("name").GetString().ShouldBe("Acme");
        catalogue.GetProperty("owner").GetProperty("email").GetString().ShouldBe("ai@acme.example");
        var plugin = catalogue.GetProperty("plugins").EnumerateArray().ShouldHaveSingleItem();
        plugin.GetProperty("version").GetString().ShouldBe("1.0.0");
        plugin.GetProperty("keywords")[0].GetString().ShouldBe("k");
        var source = plugin.GetProperty("source");
        source.GetProperty("source").GetString().ShouldBe("archive");
        var archive = await host.Client.GetByteArrayAsync(new Uri(source.GetProperty("url").GetString()!));
        Convert.ToHexStringLower(SHA256.HashData(archive)).ShouldBe(source.GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task Without_settings_the_names_are_the_binarys_and_the_tenants()
    {
        await using var host = await StartAsync("");

        var catalogue = await CatalogueAsync(host);

        catalogue.GetProperty("name").GetString().ShouldBe("systemprompt-engines-tests");
        catalogue.GetProperty("owner").GetProperty("name").GetString().ShouldBe("acme");
        catalogue.GetProperty("plugins").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task The_external_address_goes_before_the_one_asked_at()
    {
        Add("good", "1.0.0");
        await using var host = await StartAsync("server:\n  external_url: https://ai.acme.example/\n");

        (await CatalogueAsync(host)).GetProperty("plugins")[0].GetProperty("source").GetProperty("url").GetString()
            .ShouldBe("https://ai.acme.example/marketplace/good.zip");
    }

    [Theory]
    [InlineData("/marketplace/nothing.zip")]
    [InlineData("/marketplace/..%2f..%2fetc%2fpasswd.zip")]
    [InlineData("/marketplace/%2e%2e.zip")]
    [InlineData("/marketplace/good%00.zip")]
    public async Task What_is_no_plugin_is_not_found(string path)
    {
        Add("good", "1.0.0");
        await using var host = await StartAsync("");

        (await host.Client.GetAsync(new Uri(host.Client.BaseAddress + path.TrimStart('/')))).StatusCode.ShouldBeOneOf(HttpStatusCode.NotFound, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task An_edit_on_disk_shows_after_a_second()
    {
        Add("good", "1.0.0");
        await using var host = await StartAsync("");
        var before = (await CatalogueAsync(host)).GetProperty("plugins")[0].GetProperty("source").GetProperty("sha256").GetString();

        Add("good", "1.0.1");
        _clock.Advance(TimeSpan.FromSeconds(1));

        var after = (await CatalogueAsync(host)).GetProperty("plugins")[0];
        after.GetProperty("version").GetString().ShouldBe("1.0.1");
        after.GetProperty("source").GetProperty("sha256").GetString().ShouldNotBe(before);
    }

    [Fact]
    public void A_faulty_name_is_a_fault_of_the_profile() =>
        Should.Throw<Profiles.ProfileException>(() => TestHost.Profile("market:\n  name: Not A Name\n", new Market()).Section<MarketplaceSettings>())
            .Message.ShouldContain("market.name");

    public void Dispose() => _folder.Dispose();

    private static async Task<JsonElement> CatalogueAsync(TestHost host) =>
        JsonDocument.Parse(await host.Client.GetStringAsync("/marketplace.json")).RootElement;

    private void Add(string name, string version) =>
        _folder.With($"plugins/{name}/.claude-plugin/plugin.json", $$"""{"name":"{{name}}","version":"{{version}}","description":"d","keywords":["k"]}""");

    private Task<TestHost> StartAsync(string yaml) => TestHost.StartAsync(new Market(), yaml, services =>
    {
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton(new HostFiles(typeof(MarketplaceTests).Assembly, _folder.Path));
    });

    [Extension("market")]
    private sealed class Market : MarketplaceExtension;
}
