using System.Reflection;
using System.Text.Json;
using Systemprompt.Cli;
using Systemprompt.Hosting;

namespace Systemprompt.Core.Tests.Ai;

/// <summary><c>gateway providers</c> and <c>gateway models</c> on a profile without a database.</summary>
public sealed class GatewayCommandTests : IDisposable
{
    private const string Profile =
        """
        tenant: acme
        ai:
          providers:
            anthropic:
              wire: anthropic
              endpoint: https://api.anthropic.com
              api_key: ${file:KEY}
              models: ["claude-sonnet-*", house-model]
            keyless:
              wire: anthropic
              endpoint: https://elsewhere.example
              models: ["claude-opus-*"]
            echo:
              wire: echo
              models: [echo]
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-commands-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Providers_say_what_they_serve_and_why_one_does_not()
    {
        var rows = await JsonAsync("gateway", "providers");

        rows.EnumerateArray().Select(row => row.GetProperty("name").GetString()).ShouldBe(["anthropic", "echo", "keyless"]);
        rows[0].GetProperty("models").EnumerateArray().Select(model => model.GetString()).ShouldBe(["claude-sonnet-*", "house-model"]);
        (rows[2].GetProperty("enabled").GetBoolean(), rows[2].GetProperty("disabled_because").GetString()).ShouldBe((false, "no key (ai.providers.keyless.api_key is unset)"));
        rows.ToString().ShouldNotContain("canary");
    }

    [Fact]
    public async Task Models_have_their_provider_and_price_and_an_unknown_price_is_not_nothing()
    {
        var rows = (await JsonAsync("gateway", "models", "--offline")).EnumerateArray().ToDictionary(row => row.GetProperty("id").GetString()!);

        rows["claude-sonnet-4-5"].GetProperty("input_microdollars").GetInt64().ShouldBe(3_000_000);
        rows["claude-sonnet-4-5"].GetProperty("name").GetString().ShouldBe("Claude Sonnet 4.5");
        rows["claude-opus-5"].GetProperty("enabled").GetBoolean().ShouldBeFalse();
        rows["house-model"].GetProperty("input_microdollars").ValueKind.ShouldBe(JsonValueKind.Null);
        rows["echo"].GetProperty("provider").GetString().ShouldBe("echo");
    }

    [Fact]
    public async Task People_get_tables()
    {
        var providers = await RunAsync("gateway", "providers");
        var models = await RunAsync("gateway", "models", "--offline");

        providers.Out.ShouldContain("why not");
        providers.Out.ShouldNotContain("canary");
        models.Out.ShouldContain("unknown");
        models.Out.ShouldContain("3.00");
    }

    private async Task<JsonElement> JsonAsync(params string[] words)
    {
        var (code, output, error) = await RunAsync([.. words, "--json"]);
        code.ShouldBe(0, error);
        error.ShouldBeEmpty();
        return JsonElement.Parse(output);
    }

    private async Task<(int Code, string Out, string Error)> RunAsync(params string[] words)
    {
        var file = Path.Combine(_folder.FullName, "profile.yaml");
        var key = Path.Combine(_folder.FullName, "key");
        await File.WriteAllTextAsync(key, "sk-ant-canary-0123456789");
        await File.WriteAllTextAsync(file, Profile.Replace("KEY", key, StringComparison.Ordinal));
        using var output = new StringWriter();
        using var error = new StringWriter();
        var host = CoreExtensions.With(new HostDefinition(Assembly.GetExecutingAssembly(), []));
        var code = await new CliRunner(host, output, error).RunAsync([.. words, "--profile", file], CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
