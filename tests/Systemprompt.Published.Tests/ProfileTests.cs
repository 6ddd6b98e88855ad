using System.Net;
using System.Text.Json;

namespace Systemprompt.Published.Tests;

/// <summary>One file, many environments: the profile is all that differs.</summary>
public sealed class ProfileTests(TenantsFixture tenants) : IClassFixture<TenantsFixture>
{
    [Fact]
    public async Task The_same_file_serves_four_profiles_at_once_on_four_ports_and_databases()
    {
        foreach (var (profile, host) in tenants.Hosts)
        {
            using var alice = await host.ClientForAsync("alice");
            using var answer = await GatewayFixture.CallAsync(alice, "claude-haiku-4-5");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, profile);
            using var hook = await GatewayFixture.GovernAsync(alice, "ls");

            var database = tenants.Databases[profile];
            (await database.ColumnAsync<string>($"select tenant from ai.requests where id = '{GatewayFixture.AuditId(answer)}'")).ShouldBe([TenantsFixture.Tenants[profile]]);
            (await database.ColumnAsync<string>("select distinct tenant from governance.decisions")).ShouldBe([TenantsFixture.Tenants[profile]]);
            (await database.ScalarAsync<long>("select count(*) from ai.requests")).ShouldBe(1);
        }

        tenants.Hosts.Values.Select(host => host.Port).Distinct().Count().ShouldBe(4);
        tenants.Hash().ShouldBe(tenants.HashBefore);
    }

    [Fact]
    public async Task A_token_of_one_tenant_is_refused_by_the_other()
    {
        var token = await tenants.Hosts["acme-us"].TokenAsync();
        using var own = tenants.Hosts["acme-us"].ClientWith(token);
        using var foreign = tenants.Hosts["globex-eu"].ClientWith(token);

        (await own.GetAsync("v1/models")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await foreign.GetAsync("v1/models")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Even_with_the_same_secret_and_issuer_the_tenant_in_the_token_counts()
    {
        var secret = HostOptions.NewSecret();
        await using var host = PublishedHost.Create("postgres://nobody@127.0.0.1:1/none", new HostOptions
        {
            Secret = secret,
            Profile = "one",
            Profiles = new Dictionary<string, string> { ["one"] = new TestProfile { Tenant = "one" }.ToString(), ["two"] = new TestProfile { Tenant = "two" }.ToString() },
        });
        var token = await host.TokenAsync();

        (await host.RunOnAsync(token, "admin", "token", "show", "-")).Succeeded();
        var foreign = await host.RunOnAsync(token, "--profile", "two", "admin", "token", "show", "-", "--json");
        foreign.ExitCode.ShouldBe(1);
        foreign.Json().GetProperty("code").GetString().ShouldBe("token_wrong_tenant");
    }

    [Fact]
    public async Task Local_limits_nothing_and_production_limits_what_comes_without_a_token()
    {
        (await AnswersAsync("local")).ShouldAllBe(status => status == HttpStatusCode.OK);
        (await AnswersAsync("production")).ShouldContain(HttpStatusCode.TooManyRequests);

        async Task<List<HttpStatusCode>> AnswersAsync(string profile)
        {
            var statuses = new List<HttpStatusCode>();
            for (var count = 0; count < 200; count++)
            {
                using var answer = await tenants.Hosts[profile].Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "api/hello"));
                statuses.Add(answer.StatusCode);
            }

            return statuses;
        }
    }

    [Fact]
    public async Task Local_logs_text_at_debug_and_production_one_json_object_a_line_with_the_tenant()
    {
        var local = tenants.Hosts["local"].Log.Lines;
        local.ShouldNotBeEmpty();
        local.ShouldAllBe(line => line.Contains("[myco]", StringComparison.Ordinal));
        var settings = await SettingsAsync("local", "logging");
        settings["logging.level"].ShouldBe("debug");

        foreach (var profile in (string[])["production", "acme-us"])
            foreach (var line in tenants.Hosts[profile].Log.Lines)
                JsonElement.Parse(line).GetProperty("tenant").GetString().ShouldBe(TenantsFixture.Tenants[profile]);
    }

    [Fact]
    public async Task Tenants_have_their_own_limits_issuer_and_database()
    {
        var production = await SettingsAsync("production", "rate_limits", "security");
        var tenant = await SettingsAsync("acme-us", "rate_limits", "security");

        production["rate_limits.tiers.user.burst"].ShouldBe("60");
        tenant["rate_limits.tiers.user.burst"].ShouldBe("20");
        tenant["security.issuer"].ShouldBe("myco-acme-us");
        production["security.issuer"].ShouldBe("myco");
    }

    private async Task<Dictionary<string, string>> SettingsAsync(string profile, params string[] sections)
    {
        var settings = new Dictionary<string, string>();
        foreach (var section in sections)
            foreach (var row in (await tenants.Hosts[profile].RunAsync("admin", "config", "show", "--section", section, "--json")).Succeeded().Json().EnumerateArray())
                settings[row.GetProperty("key").GetString()!] = row.GetProperty("value").ToString();
        return settings;
    }
}
