namespace Systemprompt.Clients.Tests;

/// <summary>What Claude Code itself says of the generated solution's plugin, and of the catalogue that the host serves.</summary>
public sealed class PluginTests(Gateway gateway) : IClassFixture<Gateway>
{
    [Fact]
    public async Task The_plugin_is_valid()
    {
        using var plugin = new GovernedPlugin(gateway.Host.Address);
        using var claude = new ClaudeCode { Url = gateway.Url };

        var run = (await claude.RunAsync("plugin", "validate", plugin.Path)).Succeeded();

        run.Output.ShouldContain("Validation passed");
        run.Output.ShouldContain("hooks: UserPromptSubmit http");
        run.Output.ShouldContain("hooks: PreToolUse * http");
        run.Output.ShouldContain("skills: governed:governed-work");
    }

    [Fact]
    public async Task An_invalid_plugin_is_found()
    {
        using var plugin = new GovernedPlugin(gateway.Host.Address);
        using var claude = new ClaudeCode { Url = gateway.Url };
        File.WriteAllText(Path.Combine(plugin.Path, ".claude-plugin", "plugin.json"), """{"name":"a name with spaces"}""");

        (await claude.RunAsync("plugin", "validate", plugin.Path)).ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task The_marketplace_is_added_from_the_hosts_address_alone()
    {
        using var claude = new ClaudeCode { Url = gateway.Url };

        (await claude.RunAsync("plugin", "marketplace", "add", $"{gateway.Url}/marketplace.json")).Succeeded();

        (await claude.RunAsync("plugin", "marketplace", "list")).Succeeded().Output.ShouldContain($"{gateway.Url}/marketplace.json");
    }
}
