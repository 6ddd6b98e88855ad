using Systemprompt.Analytics;
using Systemprompt.Core.Tests.Governance;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Core.Tests.Analytics;

public sealed class ClientAgentTests
{
    [Theory]
    [InlineData("claude-cli/2.1.3 (external, cli)", "Claude Code", "2.1.3")]
    [InlineData("Anthropic/Python 0.84.0", "Anthropic SDK for Python", "0.84.0")]
    [InlineData("AsyncAnthropic/Python 0.84.0", "Anthropic SDK for Python", "0.84.0")]
    [InlineData("Anthropic/JS 0.70.1", "Anthropic SDK for TypeScript", "0.70.1")]
    [InlineData("MyCo-App/3.2 (build 7)", "MyCo-App", "3.2")]
    [InlineData("plain", "plain", null)]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "140")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", "Chrome", "141")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", "Edge", "141")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1", "Safari", "19")]
    [InlineData("Mozilla/5.0 (Linux; Android 10; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36", "Chrome", "141")]
    [InlineData("(none)", "other", null)]
    public void A_client_is_read_from_what_it_calls_itself(string userAgent, string name, string? version) =>
        ClientAgent.Parse(userAgent).ShouldBe(new ClientAgent(name, version, null));

    [Theory]
    [InlineData("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot")]
    [InlineData("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", "GPTBot")]
    [InlineData("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "ClaudeBot")]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36", "Headless Chrome")]
    [InlineData("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "Facebook")]
    [InlineData("curl/8.5.0", "curl")]
    [InlineData("Go-http-client/2.0", "go-http-client")]
    [InlineData("python-requests/2.32.3", "python-requests")]
    [InlineData("SomeNewBot/0.1", "other")]
    [InlineData("Mozilla/5.0 (compatible; thing; +https://thing.example/about)", "other")]
    [InlineData("Mozilla/5.0 (compatible; thing; +http://thing.example/about)", "other")]
    [InlineData("", "unnamed")]
    [InlineData("   ", "unnamed")]
    public void A_bot_is_marked(string userAgent, string? bot) => ClientAgent.Parse(userAgent).Bot.ShouldBe(bot);

    [Theory]
    [InlineData("MyCo-App/3.2 (build 7)", "other", null)]
    [InlineData("claude-cli/2.1.3 (external, cli)", "Claude Code", null)]
    [InlineData("Firefox/1.2.3", "Firefox", null)]
    [InlineData("curl/8.5.0", "curl", null)]
    [InlineData("Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "140")]
    [InlineData("Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140001.0", "Firefox", null)]
    [InlineData("", null, null)]
    public void Of_a_caller_without_a_token_only_known_names_are_noted(string userAgent, string? name, string? version)
    {
        var agent = ClientAgent.Parse(userAgent).OfAnybody;

        (agent.Name, agent.Version).ShouldBe((name, version));
    }

    [Fact]
    public void A_long_name_is_cut_and_many_are_forgotten_again()
    {
        var agents = new ClientAgents();
        for (var number = 0; number < 25_000; number++) agents.Of($"client-{number}/1").Name.ShouldBe($"client-{number}");

        agents.Of("sk-ant-api03-" + SecretSamples.Random(Alphabets.Alphanumeric, 93, seed: 7) + "AA/1").Name.ShouldBe("[redacted]");
        ClientAgent.Parse(new string('x', 500)).Name!.Length.ShouldBe(64);
    }
}
